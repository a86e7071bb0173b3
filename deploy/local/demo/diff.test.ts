import { expect, test } from "vitest";
import { readDiff } from "./diff.ts";

const diff = `diff --git a/src/old.js b/src/old.js
deleted file mode 100644
--- a/src/old.js
+++ /dev/null
@@ -1,2 +0,0 @@
-export const one = 1;
-++ b/src/trap.js
diff --git a/src/words.js b/src/words.js
index 1111111..2222222 100644
--- a/src/words.js
+++ b/src/words.js
@@ -3,4 +3,4 @@ export function words() {
 three
-four
+FOUR
 five
-six
+++ b/src/trap.js
@@ -20,0 +21 @@
+twenty-one
\\ No newline at end of file
`;

test("numbers the lines of the new file over several hunks", () => {
  expect(readDiff(diff)).toEqual([
    {
      path: "src/words.js",
      lines: [
        { number: 3, text: "three", added: false },
        { number: 4, text: "FOUR", added: true },
        { number: 5, text: "five", added: false },
        { number: 6, text: "++ b/src/trap.js", added: true },
        { number: 21, text: "twenty-one", added: true },
      ],
    },
  ]);
});

test("finds no file in a text that is no diff", () => {
  expect(readDiff("")).toEqual([]);
  expect(readDiff("Nothing to see here.\n+ really")).toEqual([]);
});
