import { createHmac, timingSafeEqual } from "node:crypto";
import { Effect } from "effect";
import { required, setting } from "#kit/process/settings.ts";

/**
 * The secrets of GitHub's webhook that are valid now: `GITHUB_WEBHOOK_SECRET`, and while it is being changed also the one before it,
 * `GITHUB_WEBHOOK_SECRET_BEFORE`. Deliveries on GITHUB that the one before signed are refused once it is taken out. Refuses to start
 * without a secret, because without one anybody could put an issue to work (production failure 17).
 */
export const webhookSecrets = Effect.gen(function* () {
  const secret = yield* required("GITHUB_WEBHOOK_SECRET", "deliveries are only taken with a valid signature");
  const before = yield* setting("GITHUB_WEBHOOK_SECRET_BEFORE", "");
  return before === "" ? [secret] : [secret, before];
});

/**
 * Whether one of the secrets signed the body: HMAC-SHA256 over the bytes as they came, compared in constant time
 * (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries).
 */
export function isSigned(secrets: readonly string[], body: Uint8Array, signature: string): boolean {
  const given = Buffer.from(/^sha256=([0-9a-f]{64})$/.exec(signature)?.[1] ?? "", "hex");
  return secrets.some((secret) => {
    const expected = createHmac("sha256", secret).update(body).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
