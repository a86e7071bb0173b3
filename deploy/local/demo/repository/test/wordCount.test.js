import assert from "node:assert/strict";
import { test } from "node:test";
import { wordCount } from "../src/wordCount.js";

test("counts the words between white space", () => {
  assert.equal(wordCount("Lorem ipsum\n\tdolor"), 3);
});

test("counts no word in an empty text", () => {
  assert.equal(wordCount(""), 0);
});

test("counts no word in white space", () => {
  assert.equal(wordCount("  \n "), 0);
});
