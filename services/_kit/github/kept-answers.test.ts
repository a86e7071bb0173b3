import { expect, test } from "vitest";
import { isOfCommits, KeptAnswers } from "./kept-answers.ts";

const answer = (data: unknown, etag: string | undefined = '"1"') => ({ status: 200, url: "", headers: { etag }, data });

test("an answer is found as it came, whatever the one who got it did with it", () => {
  const kept = new KeptAnswers();
  kept.keep("a", answer({ names: ["x"] }));
  const got = kept.find("a")?.data as { names?: string[] } | undefined;
  got?.names?.push("y");
  expect(kept.find("a")).toEqual(answer({ names: ["x"] }));
  expect(kept.find("b")).toBeNull();
});

test("an answer without an ETag, or longer than 200,000 characters, is not kept, and takes the place of none", () => {
  const kept = new KeptAnswers();
  kept.keep("a", answer("x"));
  kept.keep("a", answer("x".repeat(200_000)));
  kept.keep("b", answer("x", undefined));
  kept.keep("b", { ...answer("x"), headers: {} });
  expect([kept.find("a"), kept.find("b")]).toEqual([null, null]);
});

test("of more than four million characters those that were used longest ago go", () => {
  const kept = new KeptAnswers();
  const long = "x".repeat(199_999);
  for (let index = 0; index < 20; index += 1) kept.keep(String(index), answer(long));
  kept.find("0");
  kept.keep("20", answer(long));
  expect([kept.find("0") === null, kept.find("1") === null, kept.find("2") === null]).toEqual([false, true, false]);
});

test("a full last page is not kept, because another one may begin behind it without a change of its ETag", () => {
  const kept = new KeptAnswers();
  const page = (size: number, query: string, link?: string) => ({
    ...answer(Array(size).fill(1)),
    url: `https://api.github.com/repos/acme/shop/pulls/9/reviews${query}`,
    headers: { etag: '"1"', link },
  });
  kept.keep("full", page(100, "?per_page=100"));
  kept.keep("full without a size", page(30, ""));
  kept.keep("short", page(99, "?per_page=100"));
  kept.keep("not the last", page(100, "?per_page=100", '<https://api.github.com/x?page=2>; rel="next"'));
  const names = ["full", "full without a size", "short", "not the last"];
  expect(names.filter((name) => kept.find(name) !== null)).toEqual(["short", "not the last"]);
});

const [one, other] = ["a".repeat(40), "b".repeat(40)];

test.each([
  [`https://api.github.com/repos/acme/shop/compare/${one}...${other}?per_page=100`, true],
  [`https://api.github.com/repos/acme/shop/git/trees/${one}?recursive=1`, true],
  [`https://api.github.com/repos/acme/shop/git/blobs/${one}`, true],
  [`https://api.github.com/repos/acme/shop/compare/main...${one}`, false],
  [`https://api.github.com/repos/acme/shop/compare/${one}...${other}x`, false],
  [`https://api.github.com/repos/acme/shop/commits/${one}/check-runs`, false],
])("whether an answer of %s can change: %s", (url, never) => {
  expect(isOfCommits(url)).toBe(never);
});
