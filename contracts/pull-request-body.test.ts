import fc from "fast-check";
import { expect, test } from "vitest";
import { closedByBody } from "#kit/github/closing.ts";
import { closedByText } from "./closing.ts";
import { epochIn, epochTrailer, pullRequestBody, renewedBody } from "./pull-request-body.ts";

const at = { owner: "acme", repo: "shop" };

test("the closing line and the epoch stand at the top, and the summary is a quotation below them", () => {
  expect(pullRequestBody("Adds `slugify`.\nTested.", { issueNumber: 7, epoch: 2 })).toBe(
    "Closes #7\n\nRig-Epoch: 2\n\n> ```text\n> Adds `slugify`.\n> Tested.\n> ```\n",
  );
  expect(pullRequestBody("  \n", { issueNumber: 7, epoch: 2 })).toBe("Closes #7\n\nRig-Epoch: 2\n");
});

test("the epoch's trailer is found, whatever text is around it", () => {
  fc.assert(
    fc.property(fc.nat({ max: 999_999_999 }), fc.lorem(), (epoch, some) => {
      expect(epochIn(`${some}\n\n${epochTrailer(epoch)}\n`)).toBe(epoch);
      expect(epochIn(`${epochTrailer(epoch)}\r\n${some}`)).toBe(epoch);
    }),
  );
});

test("the first trailer counts, and one inside a line is none", () => {
  expect(epochIn(`${epochTrailer(1)}\n${epochTrailer(2)}`)).toBe(1);
  expect(epochIn("quoting Rig-Epoch: 3 here")).toBeNull();
  expect(epochIn("> Rig-Epoch: 3")).toBeNull();
  expect(epochIn(null)).toBeNull();
});

const number = fc.integer({ min: 1, max: 999_999_999 });
const marks = fc.record({ issueNumber: number, epoch: number });
/** Text of others that tries what stands in a body: keywords, references, trailers, and what hides text in Markdown and HTML. */
const pieces = [
  ...["Closes", "fixes", "resolved", "#7", "acme/shop#8", "GH-9", "https://github.com/acme/shop/issues/9"],
  ...["Rig-Epoch: 5", "<!--", "-->", "<details>", "<code>", "</blockquote>", "<![CDATA[", "<?", "<script>", "> ", ">"],
  ...["`", "```", "````", "~~~", "\t", "    ", "- ", "[x]: y", "[^1]:", "|", "\\", "&#35;", ":", "==="],
];
const breaks = ["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\0"];
const words = fc
  .array(fc.oneof(fc.constantFrom(...pieces, ...breaks, " ", "\n"), fc.string({ maxLength: 3 })), { maxLength: 14 })
  .map((each) => each.join(""));

test("a body that is written closes its own issue only and has its epoch, whatever the summary says", () => {
  fc.assert(
    fc.property(words, marks, (summary, written) => {
      const body = pullRequestBody(summary, written);
      const own = [{ ...at, number: written.issueNumber }];
      expect(closedByBody(body, at)).toEqual({ certain: own, possible: own });
      expect(closedByText(body, at)).toEqual(own);
      expect(epochIn(body)).toBe(written.epoch);
      expect(body.match(/^Rig-Epoch/gm)).toHaveLength(1);
    }),
    { numRuns: 1_000 },
  );
});

test.each(["<!-- an open comment", "```\nan open fence", "<details><summary>", "<code>", "~~~", "[x]: <"])(
  "a summary with %j hides neither the closing line nor the epoch nor what a person writes below",
  (summary) => {
    const body = `${pullRequestBody(summary, { issueNumber: 7, epoch: 2 })}\nAlso closes #8.`;
    expect(closedByBody(body, at).certain.map((place) => place.number)).toEqual([7, 8]);
    expect(epochIn(body)).toBe(2);
  },
);

test("a summary is cut before it is longer than GitHub takes", () => {
  expect(pullRequestBody("`".repeat(70_000), { issueNumber: 7, epoch: 2 }).length).toBeLessThan(65_536);
});

test("a body that is renewed closes its issue and has the later epoch, whatever people wrote into it", () => {
  fc.assert(
    fc.property(words, words, marks, number, (before, after, written, epoch) => {
      const edited = `${before}\n${pullRequestBody("Done.", written)}${after}`;
      const body = renewedBody(edited, { ...written, epoch });
      expect(closedByBody(body, at).certain).toContainEqual({ ...at, number: written.issueNumber });
      expect(epochIn(body)).toBe(epoch);
      expect(renewedBody(body, { ...written, epoch })).toBe(body);
    }),
    { numRuns: 1_000 },
  );
});

test("a body that is renewed keeps what a person wrote above and below", () => {
  const written = pullRequestBody("Done.", { issueNumber: 7, epoch: 1 });
  const body = renewedBody(`A note.\n\n${written}\n    code\n`, { issueNumber: 7, epoch: 2 });
  expect(body).toBe("Closes #7\n\nRig-Epoch: 2\n\nA note.\n\nCloses #7\n\n\n> ```text\n> Done.\n> ```\n\n    code\n");
});
