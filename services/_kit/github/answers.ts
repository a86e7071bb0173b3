import type { Octokit } from "octokit";

/**
 * Refuses what is no answer to what was asked. octokit returns one whose connection broke as an empty answer, and its `paginate` takes that and
 * null for an empty list: the gate would see no required checks and no objections. A proxy may answer a page or a message with 200.
 */
export function refuseNoAnswers({ hook }: Pick<Octokit, "hook">): void {
  hook.after("request", ({ data, headers, status }, { method, mediaType }) => {
    const isJson = headers["content-type"]?.startsWith("application/json") === true;
    if (data === undefined || (isJson && typeof data === "string")) throw new Error("the answer did not come whole");
    const isPage = typeof data === "string" && !mediaType?.format;
    if (method === "GET" && status === 200 && (isPage || data === null || isMessage(data)))
      throw new Error("the answer is not what was asked for");
  });
}

/** Whether it has nothing but what GitHub answers in the place of something. */
function isMessage(data: unknown): boolean {
  const ofMessage = ["message", "documentation_url", "status", "errors"];
  return (
    typeof data === "object" &&
    data !== null &&
    "message" in data &&
    Object.keys(data).every((key) => ofMessage.includes(key))
  );
}
