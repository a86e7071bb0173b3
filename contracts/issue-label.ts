import type { Fact } from "./envelope.ts";

/**
 * What GitHub's deliveries say of the label of an issue and of its closing: a part of `IssueLife`. They come out of order, and their times
 * have whole seconds.
 */
export interface LabelState {
  /** Whether GitHub closed the issue after its label was set last. */
  readonly closed: boolean;
  /** When it was closed last; null while no delivery said it. */
  readonly closedAt: string | null;
  /** When the label was set or taken off last; null while no delivery said it. */
  readonly labelChangedAt: string | null;
  /** Why the label that was set last approves nothing; null when it is not refused. */
  readonly refusal: string | null;
  /** Whether the dispatcher has not decided yet on the label that was set last. */
  readonly isUndecided: boolean;
  /** What the delivery about the label said that counts last; null while none did. */
  readonly lastLabel: LastLabel | null;
  /** The logins of all who ever set the label: they asked for the change. */
  readonly askedBy: readonly string[];
  /** All labels that the issue had when the label was set last. */
  readonly labels: readonly string[];
}

/** A label that was set, on which text, or that was taken off, and when the rig stored that: ISO 8601. */
type LastLabel =
  | { readonly isOn: true; readonly at: string; readonly title: string; readonly bodySha256: string }
  | { readonly isOn: false; readonly at: string };

/** What is known before the first delivery about the label. */
export const unknownLabel: LabelState = {
  closed: false,
  closedAt: null,
  labelChangedAt: null,
  refusal: null,
  isUndecided: false,
  lastLabel: null,
  askedBy: [],
  labels: [],
};

/** What is known after the approval: the label is not refused. */
export function approvedLabel(state: LabelState): LabelState {
  const { closed, closedAt, labelChangedAt, lastLabel, askedBy, labels } = state;
  return { closed, closedAt, labelChangedAt, refusal: null, isUndecided: false, lastLabel, askedBy, labels };
}

/** Whether the last delivery about the label says that it was set on this text. An approval is of one text. */
export function isLabelOf(
  { lastLabel }: LabelState,
  { title, body }: { readonly title: string; readonly body: { readonly sha256: string } | null },
): boolean {
  return lastLabel?.isOn === true && lastLabel.title === title && lastLabel.bodySha256 === body?.sha256;
}

/** An issue as GitHub has it now. */
export interface IssueStanding {
  readonly open: boolean;
  /** Whether the label is on it. */
  readonly labelled: boolean;
  readonly title: string;
  readonly bodySha256: string;
}

interface Dated {
  readonly updatedAt?: string;
}

/** Whether the label was changed again after this change of it, as far as deliveries said so far. */
export function isLateLabel({ labelChangedAt }: LabelState, { updatedAt }: Dated): boolean {
  return timeOf(updatedAt) < timeOf(labelChangedAt);
}

/**
 * Whether the label was changed after this closing, or in its second. Then the closing does not end what the label began: GitHub has to be
 * asked whether the issue is closed now.
 */
export function isLateClosing({ labelChangedAt }: LabelState, { updatedAt }: Dated): boolean {
  return timeOf(updatedAt) <= timeOf(labelChangedAt);
}

type LabelFact = Fact<
  "ISSUE_LABELED" | "ISSUE_UNLABELED" | "ISSUE_LABEL_CONFIRMED" | "ISSUE_LABEL_REFUSED" | "ISSUE_CLOSED"
>;

/** Computes what is known after one more fact about the label or about the closing. */
export function evolveLabel<Life extends LabelState>(before: Life, fact: LabelFact): Life {
  const life = fact.type === "ISSUE_LABELED" ? askedFor(before, fact.data.sender) : before;
  switch (fact.type) {
    case "ISSUE_LABELED": {
      if (isLateLabel(life, fact.data)) return life;
      // Set before the closing and delivered after it, the label leaves the issue closed.
      const closed = life.closed && timeOf(fact.data.updatedAt) < timeOf(life.closedAt);
      const { title, body, labels } = fact.data;
      const lastLabel = { isOn: true, at: fact.occurredAt, title, bodySha256: body.sha256 } as const;
      return { ...labelChanged(life, fact.data), closed, lastLabel, labels, isUndecided: true };
    }
    case "ISSUE_UNLABELED":
      if (isLateLabel(life, fact.data)) return life;
      return { ...labelChanged(life, fact.data), lastLabel: { isOn: false, at: fact.occurredAt } };
    case "ISSUE_LABEL_REFUSED":
      return { ...life, refusal: fact.data.reason, isUndecided: false };
    case "ISSUE_LABEL_CONFIRMED":
      return { ...life, isUndecided: false };
    case "ISSUE_CLOSED": {
      const { updatedAt } = fact.data;
      const isEarlier = timeOf(updatedAt) < timeOf(life.closedAt);
      const closedAt = isEarlier ? life.closedAt : (updatedAt ?? life.closedAt);
      return { ...life, closed: life.closed || !isLateClosing(life, fact.data), closedAt };
    }
  }
}

/** Nobody is named by an empty login. */
function askedFor<Life extends LabelState>(life: Life, login: string): Life {
  return login === "" || life.askedBy.includes(login) ? life : { ...life, askedBy: [...life.askedBy, login] };
}

/** Another label, or none, is another question: why an earlier one was refused does not matter any more. */
function labelChanged<Life extends LabelState>(life: Life, { updatedAt }: Dated): Life {
  return { ...life, refusal: null, labelChangedAt: updatedAt ?? life.labelChangedAt };
}

/** A time that is not known is neither before nor after another one: it is no number. */
function timeOf(at: string | null | undefined): number {
  return Date.parse(at ?? "");
}
