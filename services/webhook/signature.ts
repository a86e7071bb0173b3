import { Webhooks } from "@octokit/webhooks";
import { Effect } from "effect";
import { required, setting } from "#kit/process/settings.ts";

/**
 * Whether one of the webhook's secrets signed the body, by `@octokit/webhooks`: HMAC-SHA256, compared in constant time
 * (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). It takes text, so a body that is no UTF-8 is not signed.
 */
export type IsSigned = (body: Uint8Array, signature: string) => Effect.Effect<boolean>;

/**
 * Reads the secrets that are valid now: `GITHUB_WEBHOOK_SECRET`, and while it is being changed also the one before it,
 * `GITHUB_WEBHOOK_SECRET_BEFORE`. Deliveries on GITHUB that the one before signed are refused once it is taken out. Refuses to start
 * without a secret, because without one anybody could put an issue to work (production failure 17).
 */
export const makeIsSigned = Effect.gen(function* () {
  const secret = yield* required("GITHUB_WEBHOOK_SECRET", "deliveries are only taken with a valid signature");
  const before = yield* setting("GITHUB_WEBHOOK_SECRET_BEFORE", "");
  const ofSecrets = [secret, before].filter((each) => each !== "").map((each) => new Webhooks({ secret: each }));
  const isSigned: IsSigned = (body, signature) => {
    const text = textOf(body);
    // The package refuses an empty body and a signature that is no text with an exception.
    if (text === null || text === "" || !isWellFormed(signature)) return Effect.succeed(false);
    return Effect.promise(async () => {
      const verified = await Promise.all(ofSecrets.map((webhooks) => webhooks.verify(text, signature)));
      return verified.includes(true);
    });
  };
  return isSigned;
});

/** Whether a header can be a signature of GitHub. Known before the body is read. */
export function isWellFormed(signature: string): boolean {
  return /^sha256=[0-9a-f]{64}$/.test(signature);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a body; null where it is no UTF-8. A byte order mark is kept, because it was signed too. */
export function textOf(body: Uint8Array): string | null {
  try {
    return utf8.decode(body);
  } catch {
    return null;
  }
}
