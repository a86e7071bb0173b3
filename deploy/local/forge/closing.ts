import type { ForgeContext } from "./context.ts";
import type { IssueRecord, RepositoryRecord } from "./records.ts";

/** An issue that a text names after a closing word; without owner it is of the text's own repository. */
interface ClosingReference {
  readonly owner: string | null;
  readonly repo: string | null;
  readonly number: number;
}

const closingWord = String.raw`\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+`;
const names = String.raw`(?<owner>[\w-]+)\/(?<repo>[\w.-]+)`;
const closing = new RegExp(
  String.raw`${closingWord}(?:(?:${names})?#|GH-|https?:\/\/[\w.:-]+\/${names.replaceAll("?<", "?<web_")}\/issues\/)(?<number>\d+)\b`,
  "gi",
);

/**
 * What a text closes (https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue): `#N`, `GH-N`,
 * `owner/repo#N` or the address of an issue after a closing word, each once.
 */
function closingReferences(text: string): ClosingReference[] {
  const found = [...text.matchAll(closing)].map(({ groups = {} }) => ({
    owner: groups.owner ?? groups.web_owner ?? null,
    repo: groups.repo ?? groups.web_repo ?? null,
    number: Number(groups.number),
  }));
  const key = (each: ClosingReference) => `${each.owner}/${each.repo}#${each.number}`.toLowerCase();
  return [...new Map(found.map((each) => [key(each), each])).values()];
}

/** The text of a body without what GitHub shows as code or not at all: there a closing word is none. */
export function spokenText(body: string | null): string {
  const hidden = /<!--[\s\S]*?(?:-->|$)|^ {0,3}(`{3,}|~{3,})[\s\S]*?(?:^ {0,3}\1|$(?![\s\S]))|(`+)[^`][\s\S]*?\2/gm;
  return (body ?? "").replace(hidden, " ");
}

/** The issues of this forge that a text closes, each with its repository. */
export function closedIssues(
  context: ForgeContext,
  repository: RepositoryRecord,
  text: string,
): { readonly home: RepositoryRecord; readonly issue: IssueRecord }[] {
  return closingReferences(text).flatMap(({ owner, repo, number }) => {
    const home = owner === null ? repository : context.store.findRepository(owner, repo ?? "");
    const issue = home?.issues.find((each) => each.number === number && each.pull === null);
    return home === undefined || issue === undefined ? [] : [{ home, issue }];
  });
}
