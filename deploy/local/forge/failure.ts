/** One entry of `errors` in a validation failure (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api). */
export type FailureDetail =
  | string
  | { readonly resource: string; readonly code: string; readonly field?: string; readonly message?: string };

/**
 * The local forge says no where GitHub would: the answer has GitHub's status and message.
 * Kind: business no.
 * What to do: what GitHub's documentation says about that status; the caller sees it as `GitHubRefused`.
 */
export class ForgeFailure extends Error {
  override readonly name = "ForgeFailure";
  readonly status: number;
  readonly errors: readonly FailureDetail[];
  constructor(status: number, message: string, errors: readonly FailureDetail[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/**
 * The local forge was asked for a repository under a former name: the answer is a redirect to its id.
 * Kind: business no.
 * What to do: nothing; git and octokit follow. Use the name that the answer has from then on.
 */
export class RepositoryMoved extends ForgeFailure {
  readonly repositoryId: number;
  constructor(repositoryId: number) {
    super(301, "Moved Permanently");
    this.repositoryId = repositoryId;
  }
}

/** 404, which GitHub also answers where the caller may not know that the thing exists. */
export function notFound(message = "Not Found"): ForgeFailure {
  return new ForgeFailure(404, message);
}

/** 403: the caller is known and may not do this. */
export function forbidden(message: string): ForgeFailure {
  return new ForgeFailure(403, message);
}

/** 422 with GitHub's "Validation Failed" and what was wrong. */
export function invalid(...errors: readonly FailureDetail[]): ForgeFailure {
  return new ForgeFailure(422, "Validation Failed", errors);
}

/** 422 as the review endpoints phrase it: "Unprocessable Entity" and sentences. */
export function unprocessable(...errors: readonly string[]): ForgeFailure {
  return new ForgeFailure(422, "Unprocessable Entity", errors);
}

/** The body of an error answer (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api). */
export function failureBody(failure: ForgeFailure): Record<string, unknown> {
  return {
    message: failure.message,
    ...(failure.errors.length === 0 ? {} : { errors: failure.errors }),
    documentation_url: "https://docs.github.com/rest",
    status: String(failure.status),
  };
}
