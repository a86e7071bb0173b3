import MarkdownIt, { type Token } from "markdown-it";
import type { Place, RepositoryRef } from "#contracts/aggregates.ts";
import { closedByText } from "#contracts/closing.ts";

/** What the body of a pull request closes when it is merged. */
export interface ClosedByBody {
  /** What it closes for certain: by text outside of quotations and links, below nothing that could hide it. */
  readonly certain: readonly Place[];
  /** All that it may close: by any text that people may see, also in a quotation or in HTML. */
  readonly possible: readonly Place[];
}

/**
 * 100: nobody nests more quotations and lists. The parser leaves out what is deeper, so a body that reaches it is read as plain text, and
 * nothing in it is certain.
 */
const nestingMax = 100;
const markdown = new MarkdownIt({ html: true, maxNesting: nestingMax });

/**
 * Reads what a pull request's body closes. The body is Markdown, and a keyword in code or in an HTML comment closes nothing
 * (https://github.com/apache/arrow/issues/14979 shows it for a code block). Where GitHub's reading is not written down, `certain` has less
 * and `possible` has more than GitHub may read: a change whose closing line may be hidden is not merged, and neither is one that may close
 * another issue. The gate asks GitHub for its own list besides.
 */
export function closedByBody(body: string, at: RepositoryRef): ClosedByBody {
  const tokens = tokensOf(body);
  if (tokens.some(isTooDeep)) return { certain: [], possible: closedByText(body, at) };
  const { certain, possible } = visibleText(tokens);
  return { certain: closedByText(certain, at), possible: closedByText(possible, at) };
}

/** What a text says by itself: without code, HTML comments, quotations and links. What is nested too deep is left out. */
export function spokenText(text: string): string {
  return visibleText(tokensOf(text)).spoken;
}

function tokensOf(body: string): readonly Token[] {
  // A footnote `[^1]: text` is text on GitHub. Plain Markdown takes it for the definition of a link, which nobody sees.
  return markdown.parse(body.replaceAll("[^", "(^"), {});
}

function isTooDeep({ level, children }: Token): boolean {
  return level >= nestingMax - 1 || children?.some((child) => child.level >= nestingMax - 1) === true;
}

/** The numbers of the issues of this repository that a pull request's body may close, in text order. */
export function closedIssues(body: string | null, at: RepositoryRef): readonly number[] {
  const { possible } = closedByBody(body ?? "", at);
  return possible.filter(({ owner, repo }) => owner === at.owner && repo === at.repo).map(({ number }) => number);
}

/** Stands for what separates two texts: no keyword before it belongs to a reference after it. */
const gap = "\u{FFFC}";

/** The text of a document that people may see, the part of it that they see for certain, and the part outside of quotations and links. */
function visibleText(tokens: readonly Token[]) {
  const seen = { certain: "", possible: "", spoken: "" };
  let belowHtml = false;
  // Quotations and links that are open. GitHub reads no reference inside of a link, and perhaps none in a quotation.
  let within = 0;
  const read = ({ type, content, nesting, children }: Token): void => {
    if (type === "inline") {
      for (const child of children ?? []) read(child);
    } else if (type === "html_block" || type === "html_inline") {
      const html = content.replaceAll(wholeComment, "");
      belowHtml ||= html.trim() !== "";
      seen.possible += html.replaceAll(tag, "");
      seen.spoken += within > 0 ? gap : html.replaceAll(anyComment, "").replaceAll(tag, "");
    } else if (isText(type)) {
      const text = type === "text" ? content : "\n";
      seen.possible += text;
      seen.certain += belowHtml || within > 0 ? gap : text;
      seen.spoken += within > 0 ? gap : text;
    } else {
      if (/^(?:blockquote|link)_/.test(type)) within += nesting;
      // Letters may be bold in the middle of a word; everything else divides texts.
      const between = /^(?:em|strong|s|link)_/.test(type) ? "" : gap;
      seen.possible += between;
      seen.certain += between;
      seen.spoken += between;
    }
  };
  for (const token of tokens) read(token);
  return seen;
}

function isText(type: string): boolean {
  return type === "text" || type === "softbreak" || type === "hardbreak";
}

const tag = /<\/?[a-z][^<>]*>/gi;

/** Any comment, also one that never ends: GitHub shows nothing of it. */
const anyComment = /<!--[\s\S]*?(?:-->|$)/g;

/** A comment that every reader of HTML ends at the same place. What is left of any other one counts as text. */
const wholeComment = /<!--(?!-?>)(?:(?!--)[\s\S])*-->/g;
