// Reads one style sheet from standard input; writes what the built pages and their scripts use of it to standard output.
import { readFileSync } from "node:fs";
import { PurgeCSS } from "purgecss";

const words = (text) => text.match(/[\w-]+/g) ?? [];
// Of a page only its elements and their attributes can be meant by a selector, and not its prose.
const inTags = (text) => words((text.match(/<[a-z][^<>]*>/gi) ?? []).join(" "));

const [, , folder] = process.argv;
const [{ css }] = await new PurgeCSS().purge({
  content: [`${folder}/**/*.html`, `${folder}/_static/**/*.js`],
  skippedContentGlobs: [`${folder}/_static/scripts/fontawesome.js`],
  css: [{ raw: readFileSync(0, "utf8") }],
  extractors: [
    { extractor: inTags, extensions: ["html"] },
    { extractor: words, extensions: ["js"] },
  ],
  safelist: { standard: [/^gd-/, /^data-/, /^aria-/, ":root"] },
  keyframes: true,
});
process.stdout.write(css);
