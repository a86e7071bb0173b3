import { Arbitrary, Effect, type Schema } from "effect";
import fc from "fast-check";
import { type AggregateKind, type AggregateRef, type IssueRef, issueAt } from "./aggregates.ts";
import { catalogue, type DataOf, type FactType, factTypes, type KindOf } from "./catalogue.ts";
import { publishersOf } from "./choreography.ts";
import type { Fact, FactDraft } from "./envelope.ts";
import type { Effective } from "./policy.ts";
import type { TextRef, WithText } from "./text.ts";
import type { DevItem, ReviewItem } from "./work.ts";

/** Makes a fact for a test from its `data`, in the name of the first row that publishes it; `more` replaces default values of the envelope. */
export function factOf<Type extends FactType>(
  type: Type,
  data: DataOf<Type>,
  more: Partial<Envelope> = {},
): Fact<Type> {
  const plain: Envelope = {
    id: "0123456789abcdef0123/0",
    occurredAt: "2026-01-02T03:04:05.000Z",
    actor: only(publishersOf(type).slice(0, 1)),
    correlationId: "delivery-1",
    causationId: "delivery-1",
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    ...more,
  };
  const { of: kind, version } = catalogue[type];
  return { ...plain, type, version, on: placeOf(kind, 1), data } as Fact<Type>;
}

/** The fields of a fact that do not depend on its type. */
interface Envelope {
  readonly id: string;
  readonly occurredAt: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent: string;
  readonly agentId?: string;
}

/** The settings of an issue in a test: the defaults of facts/policy.yaml. */
export const plainSettings: Effective = {
  stack: "node",
  testCommand: "npm test",
  limits: { claimsPerAttemptMax: 3, failedAttemptsMax: 2, fixRoundsMax: 3 },
  unreadableFiles: "request_changes",
};

/** What ISSUE_LABELED says in a test; `more` is what matters. */
export function labelOf(more: Partial<DataOf<"ISSUE_LABELED">> = {}): DataOf<"ISSUE_LABELED"> {
  const label = "agent-ready";
  const sent = { sender: "ada", senderType: "User" } as const;
  const plain = { label, labels: [label], title: "Sell more", body: emptyText, defaultBranch: "main" };
  return { ...plain, ...sent, ...more };
}

/** What ISSUE_APPROVED says in a test; `more` is what matters. */
export function approvalOf(more: Partial<DataOf<"ISSUE_APPROVED">> = {}): DataOf<"ISSUE_APPROVED"> {
  return { title: "Sell more", body: emptyText, priority: "normal", defaultBranch: "main", ...plainSettings, ...more };
}

/** Generates any `data` that the schema of a fact type allows. Effect generates the value; fast-check generates its seed. */
export function anyData<Type extends FactType>(type: Type): fc.Arbitrary<DataOf<Type>> {
  const data = dataOf(type);
  return fc
    .tuple(fc.integer(), fc.integer({ min: 1, max: 12 }))
    .map(([seed, size]) => only(Effect.runSync(Arbitrary.sampleEffect(data, { count: 1, seed, size }))));
}

/** Generates any fact of these types. Ids, numbers and attempts come from small sets, so that facts of one history often match. */
export function anyFactOf<Type extends FactType>(types: readonly Type[]): fc.Arbitrary<Fact<Type>> {
  const perType = types.map((type) =>
    fc.tuple(anyData(type), few).map(([data, chosen]) => factOf(type, withKnown(data, chosen))),
  );
  return fc.oneof(...perType) as fc.Arbitrary<Fact<Type>>;
}

/**
 * `data` with the known values of those fields that it has. Spread in place, where `data` is that of any fact, it takes the compiler a third of
 * its time: it compares every fact with every other.
 */
export function withKnown<Data extends object>(data: Data, known: object): Data {
  const fitting = Object.entries(known).filter(([name]) => Object.hasOwn(data, name));
  return { ...data, ...Object.fromEntries(fitting) };
}

const few = fc.record({
  claimId: fc.constantFrom("claim-a", "claim-b", "claim-c"),
  agentId: fc.constantFrom("dev-e", "dev-f", "review-e"),
  attempt: fc.integer({ min: 0, max: 4 }),
  epoch: fc.integer({ min: 0, max: 4 }),
  prNumber: fc.integer({ min: 1, max: 2 }),
  headSha: fc.constantFrom("sha-1", "sha-2"),
  branch: fc.constantFrom("feature/issue-1", "feature/issue-1-sell-more", "feature/issue-2", "topic"),
});

/** The fact types that belong to one kind of aggregate. */
export function factTypesOf<Kind extends AggregateKind>(kind: Kind) {
  type Fitting = { [T in FactType]: KindOf<T> extends Kind ? T : never }[FactType];
  return factTypes.filter((type): type is Fitting & FactType => catalogue[type].of === kind);
}

/** A pointer to the empty text of issue 1, for facts whose text does not matter. */
export const emptyText: TextRef = {
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  bytes: 0,
  subject: "text.acme.widgets.1.e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};

/** The address of an issue of acme. */
export function issueOf(number: number, repo = "widgets"): IssueRef {
  return issueAt({ owner: "acme", repo, number });
}

/** Makes the draft of a fact, as a service publishes it. */
export function draftOf<Type extends FactType>(
  type: Type,
  number: number,
  data: WithText<DataOf<Type>>,
): FactDraft<Type> {
  return { type, on: placeOf(catalogue[type].of, number), data } as FactDraft<Type>;
}

function placeOf(kind: AggregateKind, number: number): AggregateRef {
  if (kind === "fleet" || kind === "tick") return { kind, topic: "any" };
  return { kind, owner: "acme", repo: "widgets", number };
}

/** A work item for Dev-E on an issue of acme/widgets. */
export function workItem(more: Partial<DevItem>): DevItem {
  return {
    ...plainItem,
    role: "dev",
    stack: "node",
    task: "implement",
    number: 1,
    issueNumber: more.number ?? 1,
    prNumber: null,
    headSha: null,
    ...more,
  };
}

/** A work item for Review-E on the head of a pull request of acme/widgets. */
export function reviewItem({ number = 2, headSha = "h1", ...more }: Partial<ReviewItem>): ReviewItem {
  return { ...plainItem, role: "review", stack: "any", task: "review", number, prNumber: number, headSha, ...more };
}

const plainItem = {
  id: "0123456789abcdef0123/0",
  priority: "normal",
  owner: "acme",
  repo: "widgets",
  issueNumber: 1,
  attempt: 1,
  title: "Add a health check",
  baseBranch: "main",
  reason: "labelled agent-ready",
  requestedAt: "2026-01-02T03:04:05.000Z",
  correlationId: "delivery-1",
  causationId: "cause-1",
  traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
} as const;

function only<Value>(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined) throw new Error("the schema gave no value");
  return value;
}

const derived = new Map<FactType, Arbitrary.Arbitrary<unknown>>();

/** Derives the generator once per type, because a derivation takes milliseconds. */
function dataOf<Type extends FactType>(type: Type): Arbitrary.Arbitrary<DataOf<Type>> {
  const known = derived.get(type) ?? Arbitrary.schema(catalogue[type].data as Schema.Codec<unknown>);
  derived.set(type, known);
  return known as Arbitrary.Arbitrary<DataOf<Type>>;
}
