import { expect, test } from "vitest";
import { gitHubWith, playGate } from "./test-played.ts";

// What a proxy, or GitHub on a bad day, answers with 200 in the place of what was asked.

const { lookAt, asked } = playGate();
const plain = gitHubWith({});
const odd = [{ message: "We had issues" }, "null", "<html>Log in</html>"];
const paths = [/\/user$/, /\/compare\//, /rules\/branches/, /branches\/main$/, /\/activity\?/];
/** Asked only where GraphQL tells nothing. */
const pathsOfRest = [/\/issues\/7$/, /\/reviews\?/, /\/events\?/, /\/pulls\?/];
const answers = odd.flatMap((body) => [
  ...paths.map((path) => [JSON.stringify(body), path, body, true] as const),
  ...pathsOfRest.map((path) => [JSON.stringify(body), path, body, false] as const),
]);

test.each(answers)("%s in the place of %s merges nothing, and is asked again", async (_, path, body, hasGraphQl) => {
  const type = body === "null" ? "application/json" : "text/html";
  const { appended, error } = await lookAt((request) => {
    if (path.test(request.path))
      return { body, ...(typeof body === "string" && { headers: { "content-type": type } }) };
    return !hasGraphQl && request.path.endsWith("/graphql") ? { status: 502 } : plain(request);
  });
  expect(asked().some((each) => path.test(`${each}`) || path.test(`${each}?`))).toBe(true);
  expect([appended, error?._tag]).toEqual([[], "Retryable"]);
});

test.each([{ message: "We had issues" }, []])("an answer to the merge without a commit is read back", async (body) => {
  const { appended, error } = await lookAt((request) => (request.path.endsWith("/merge") ? { body } : plain(request)));
  expect([appended, error?._tag]).toEqual([["MERGE_REQUESTED"], "Retryable"]);
});

test.each([
  { required_status_checks: {} },
  { required_status_checks: { contexts: [], checks: null } },
  { required_status_checks: { contexts: [null] } },
])("a protection of another shape, %j, holds the merge and ends no process", async (protection) => {
  const { verdict, appended, error } = await lookAt((request) =>
    request.path.endsWith("/branches/main")
      ? { body: { protected: true, protection: { enabled: true, ...protection } } }
      : plain(request),
  );
  const hold = verdict?.checks.find(({ name }) => name === "rules")?.hold;
  expect([appended, hold, error?._tag]).toEqual([[], "requirements-unknown", "Retryable"]);
});
