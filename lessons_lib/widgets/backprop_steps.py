"""The script of the backprop stepper: what each step computes, from what, where in the graph, and why."""

import re
from itertools import pairwise

ABOVE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")  # the book writes the layer as an upper index
SPOKEN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789") | str.maketrans(
    {"∂": "d", "/": " over ", "ᵀ": " transposed", "⊙": "times, element by element,", "′": " prime", "ŷ": "y hat"}
    | {"−": " minus ", "=": "equals", "Σ": "sum of", "σ": "sigmoid", "[": "", "]": ""}
)
FUNCTIONS = {  # as it is written, what it does on the way forward, what its slope does on the way back
    "relu": ("ReLU", "ReLU lets what is positive through and turns the rest into 0.",
             "ReLU is a gate: where z was positive its slope is 1 and the gradient passes, elsewhere nothing does."),
    "sigmoid": ("σ", "The sigmoid squeezes any number into the range from 0 to 1.",
                "The gradient passes back through the sigmoid: it is multiplied by its slope, 1/4 at most."),
    "tanh": ("tanh", "tanh squeezes any number into the range from −1 to 1.",
             "The gradient passes back through tanh: it is multiplied by its slope, 1 at most."),
    "identity": ("id", "The identity lets each number through as it is.",
                 "The slope of the identity is 1: the gradient passes as it is."),
}  # fmt: skip
LOSSES = {  # the equation, why it is one, and the same of its slope
    "binary_cross_entropy": (
        "{L} = −Σ [{y} ln {p} + (1 − {y}) ln(1 − {p})]",
        "It is minus the logarithm of the probability that the network gave to the true label.",
        "{d} = ({p} − {y}) / ({p} (1 − {p}))"),
    "mse": (
        "{L} = Σ ({p} − {y})²",
        "It is the square of the distance between prediction and target.",
        "{d} = 2 ({p} − {y})"),
}  # fmt: skip


def _symbol(key, names):
    """Return how the book writes an array: "dz1" is ∂L/∂z¹, "a2T" is (a²)ᵀ."""
    if key[-1] == "T":
        symbol = _symbol(key[:-1], names)
        return f"({symbol})ᵀ" if len(symbol) > 1 else f"{symbol}ᵀ"
    if key[0] == "d":
        return f"∂L/∂{_symbol(key[1:], names)}"
    if key[0] == "f":
        return f"{FUNCTIONS[names[int(key[1:]) - 1]][0]}′(z{key[1:].translate(ABOVE)})"
    return {"a0": "x", f"a{len(names)}": "ŷ"}.get(key, key.translate(ABOVE))


def _aloud(equation):
    """Return the equation as one says it: (W²)ᵀ is "W2 transposed"."""
    words = re.sub(r"\((\w+)\)ᵀ", r"\1ᵀ", equation).replace(")²", ") squared").translate(SPOKEN)
    return " ".join(words.split())


def steps_of(names, sizes, loss):
    """Return the steps of a network of these activations, these units (of the input and each layer) and this loss.

    A step's `key` is the array it computes: "z1" is z¹, "da2" is ∂L/∂a², "dW3" is ∂L/∂W³. It lights up the columns
    `column` and `from`, and the edges that lead to column `edges`; `flow` is their direction, 1 or -1.
    """

    def shape(key):
        kind, k = re.fullmatch(r"d?([a-zL]|W)(\d*)T?", key).groups()
        k = len(names) if kind == "y" else int(k or 0)
        rows_columns = {"W": (sizes[k - 1], sizes[k]), "b": (sizes[k],), "L": ()}.get(kind, (1, sizes[k]))
        return rows_columns[::-1] if key[-1] == "T" else rows_columns

    def line(equation, form, **keys):
        """The equation; the shapes in the same form, which also tells the signs between the tables; the tables."""
        symbols = {name: _symbol(key, names) for name, key in keys.items()}
        signs = re.findall(r"(·|\+|−|⊙|and)? ?\{(\w+)\}", form)
        if "=" in form or "from" in form:  # what is computed is written last
            signs = [("", signs[1][1]), *signs[2:], ("→", signs[0][1])]
        shapes = {name: str(shape(key)) for name, key in keys.items()}
        tables = [
            {"sign": sign, "key": keys[name], "symbol": symbols[name], "shape": shapes[name]} for sign, name in signs
        ]
        return {"equation": equation.format(**symbols), "shape": form.format(**shapes), "tables": tables}

    def step(phase, key, column, why, *lines, came=(), edges=0, flow=0):
        spoken = "; ".join(_aloud(line["equation"]) for line in lines)
        place = {"phase": phase, "key": key, "symbol": _symbol(key, names), "column": column, "from": list(came)}
        return place | {"edges": edges, "flow": flow, "why": why, "lines": lines, "spoken": spoken}

    last = len(names)
    p, dp, end = f"a{last}", f"da{last}", last + 1
    equation, why, slope = (text.replace("Σ ", "") if sizes[-1] == 1 else text for text in LOSSES[loss])
    x = "One sample comes in, a row of numbers. The network has weights already; thick lines are large ones."
    steps = [step("forward", "a0", 0, x, line("{x}", "{x}", x="a0"))]
    for k, name in enumerate(names, 1):
        z, a, W, b, before = f"z{k}", f"a{k}", f"W{k}", f"b{k}", f"a{k - 1}"
        f, f_why, _ = FUNCTIONS[name]
        weigh = f"Each unit of layer {k} weighs the numbers that reach it, adds them up, and adds its bias."
        z_line = line("{z} = {a} {W} + {b}", "{z} = {a} · {W} + {b}", z=z, a=before, W=W, b=b)
        a_line = line(f"{{a}} = {f}({{z}})", "{a} from {z}, element by element", a=a, z=z)
        steps += [
            step("forward", z, k, weigh, z_line, came=[k - 1], edges=k, flow=1),
            step("forward", a, k, f_why, a_line, came=[k]),
        ]
    why += " The loss is that of this one sample: n = 1."
    turn = "The wave turns. How much does the loss change for a small change of the prediction?"
    L_line = line(equation, "{L} from {p} and {y}", L="L", p=p, y="y")
    dp_line = line(slope, "{d} from {p} and {y}, element by element", d=dp, p=p, y="y")
    steps += [
        step("loss", "L", end, why, L_line, came=[last], edges=end, flow=1),
        step("backward", dp, last, turn, dp_line, came=[end], edges=end, flow=-1),
    ]
    for k in range(last, 0, -1):
        dz, dW, db, da, before = f"dz{k}", f"dW{k}", f"db{k}", f"da{k - 1}", f"a{k - 1}T"
        gate = line("{dz} = {da} ⊙ {f}", "{dz} = {da} ⊙ {f}", dz=dz, da=f"da{k}", f=f"f{k}")
        gate_why = FUNCTIONS[names[k - 1]][2]
        if k == last and loss == "binary_cross_entropy":
            gate = line("{dz} = {d} ⊙ {f} = {p} − {y}", "{dz} = {p} − {y}", dz=dz, d=dp, f=f"f{k}", p=p, y="y")
            gate_why = (
                "The slope of the sigmoid is ŷ (1 − ŷ): it cancels the denominator. Prediction minus label is left."
            )
        meet = "A weight's gradient is its input times the gradient of the unit it leads to. The input of a bias is 1."
        steps += [
            step("backward", dz, k, gate_why, gate, came=[k]),
            step("backward", dW, None, meet, line("{dW} = {a} {dz}", "{dW} = {a} · {dz}", dW=dW, a=before, dz=dz),
                 line("{db} = {dz}", "{db} from {dz}, rows added up", db=db, dz=dz), came=[k - 1, k], edges=k),
        ]  # fmt: skip
        if k > 1:
            share = (
                f"Each unit of layer {k - 1} collects from all the units it fed, through the same weights, hence Wᵀ."
            )
            da_line = line("{da} = {dz} {W}", "{da} = {dz} · {W}", da=da, dz=dz, W=f"W{k}T")
            steps.append(step("backward", da, k - 1, share, da_line, came=[k], edges=k, flow=-1))
    count = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    done = (
        f"One gradient for each of the {count} parameters. The guide has pointed; the hiker has not moved yet: "
        "the update W ← W − α ∂L/∂W is the optimizer's."
    )
    all_of_them = [line("{dW}, {db}", "{dW} and {db}", dW=f"dW{k}", db=f"db{k}") for k in range(1, last + 1)]
    return [*steps, step("end", "L", None, done, *all_of_them)]
