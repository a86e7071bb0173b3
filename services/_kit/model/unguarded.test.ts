import { expect, test } from "vitest";
import { refuseUnguarded, unguardedOverride } from "./unguarded.ts";

test.each(["http://127.0.0.1:8080", "http://localhost:1/v1", "http://[::1]:9"])(
  "a model on this machine is scripted, so its agents may run: %s",
  (url) => {
    expect(refuseUnguarded(url, undefined)).toBeNull();
  },
);

test.each([
  "https://api.anthropic.com",
  "https://127.0.0.1.example.com",
  "https://localhost.example.com",
  "http://10.0.0.1",
  "http://user@proxy.example.com",
])("a real model is refused while there is no guard and no sandbox: %s", (url) => {
  const reason = refuseUnguarded(url, undefined);
  expect(reason).toContain(new URL(url).hostname);
  expect(reason).toContain(`${unguardedOverride}=yes`);
});

test("only the word yes overrides the refusal", () => {
  expect(refuseUnguarded("https://api.anthropic.com", "yes")).toBeNull();
  for (const word of ["", "no", "true", "YES"])
    expect(refuseUnguarded("https://api.anthropic.com", word)).not.toBeNull();
});
