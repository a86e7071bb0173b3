import type { Account } from "./trust.ts";

/** Somebody as GraphQL names him; null when the account is deleted. */
export type ActorNode = { readonly __typename: string; readonly login: string } | null;

/** The account as REST names it: GraphQL leaves the `[bot]` off an App's login, and nobody may pass for an App by his login. */
export function accountOf(actor: ActorNode): Account {
  if (actor === null) return { login: "", type: "Other" };
  const { __typename: type, login } = actor;
  return { login: type === "Bot" ? `${login}[bot]` : login, type };
}
