/** An answer as octokit gives it. */
export interface RestAnswer {
  readonly status: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

interface Kept {
  readonly answer: Omit<RestAnswer, "data">;
  /** The data as text, so that nobody who changes what he got changes what the next one gets. */
  readonly text: string;
  readonly isJson: boolean;
}

/** 200,000 characters: a comparison with many files. What is longer is asked for again. */
const answerMax = 200_000;
/** 4,000,000 characters in all: the answers about some hundred changes. */
const allMax = 4_000_000;

/**
 * The answers to the last GET requests of one identity, so that what did not change is not counted against its limit
 * (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate), and what
 * cannot change is not asked for again. The ones that were used longest ago go first.
 */
export class KeptAnswers {
  readonly #kept = new Map<string, Kept>();
  #characters = 0;

  /** The kept answer, which counts as used now. */
  find(key: string): RestAnswer | null {
    const kept = this.#kept.get(key);
    if (kept === undefined) return null;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return { ...kept.answer, data: kept.isJson ? JSON.parse(kept.text) : kept.text };
  }

  /** Keeps an answer that has an ETag. */
  keep(key: string, { data, ...answer }: RestAnswer): void {
    this.#drop(key);
    const isJson = typeof data !== "string";
    const text = isJson ? JSON.stringify(data) : data;
    if (isFullLastPage(answer, data)) return;
    if (answer.status !== 200 || answer.headers.etag === undefined || (text?.length ?? answerMax) >= answerMax) return;
    this.#kept.set(key, { answer, text, isJson });
    this.#characters += text.length;
    for (const [oldest] of this.#kept) {
      if (this.#characters <= allMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#characters -= this.#kept.get(key)?.text.length ?? 0;
    this.#kept.delete(key);
  }
}

/**
 * Whether an answer is the last page of a list, and full. GitHub's ETag is of the body alone, so behind such a page another one may begin
 * unnoticed: a 304 has no `Link` to rely on (docs/decisions/0026-reconciling.md).
 */
function isFullLastPage({ url, headers }: Omit<RestAnswer, "data">, data: unknown): boolean {
  if (!Array.isArray(data) || String(headers.link ?? "").includes('rel="next"')) return false;
  const size = Number(/[?&]per_page=(\d+)/.exec(url)?.[1] ?? pageSize);
  return data.length >= size;
}

/** 30: what GitHub gives where no size is asked for (https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api). */
const pageSize = 30;

const sha = "[0-9a-f]{40}";
const ofCommits = new RegExp(
  `/repos/[^/]+/[^/]+/(?:compare/${sha}\\.\\.\\.${sha}|git/(?:trees|blobs)/${sha})(?:\\?|$)`,
);

/** Whether an address is about commits, trees or blobs by their SHAs alone: what GitHub says of these never changes. */
export function isOfCommits(url: string): boolean {
  return ofCommits.test(url);
}
