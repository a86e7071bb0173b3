import assert from "node:assert/strict";
import { test } from "node:test";
import { capitalize } from "../src/capitalize.js";

test("makes the first letter upper case", () => {
  assert.equal(capitalize("lorem ipsum"), "Lorem ipsum");
});

test("leaves the other letters as they are", () => {
  assert.equal(capitalize("lOREM"), "LOREM");
});

test("gives an empty text back", () => {
  assert.equal(capitalize(""), "");
});
