import type { FactType } from "./catalogue.ts";
import type { KnownDelivery } from "./delivery.ts";

/** What follows from the deliveries of one event: the facts by action, and why nothing follows from its other actions. */
export interface DeliveryMeaning {
  /** By action; `-` for an event without actions. A fact follows only where the delivery is about work of the rig. */
  readonly facts: Readonly<Record<string, readonly FactType[]>>;
  /** One sentence about all other deliveries of the event. */
  readonly otherwise: string;
}

/** What each event that the rig subscribes to becomes. `factsOf` does it; a test holds the two together. */
export const deliveryMeanings: Readonly<Record<KnownDelivery["event"], DeliveryMeaning>> = {
  issues: {
    facts: {
      labeled: ["ISSUE_LABELED"],
      unlabeled: ["ISSUE_UNLABELED"],
      closed: ["ISSUE_CLOSED"],
      transferred: ["ISSUE_CLOSED"],
      deleted: ["ISSUE_CLOSED"],
    },
    otherwise: "A title or body that is edited is no task without another label.",
  },
  issue_comment: {
    facts: {
      created: ["ISSUE_COMMENTED", "PR_COMMENTED"],
      edited: ["ISSUE_COMMENTED", "PR_COMMENTED"],
      deleted: ["ISSUE_COMMENTED", "PR_COMMENTED"],
    },
    otherwise: "No other delivery changes a text. A comment of an App is no fact.",
  },
  pull_request: {
    facts: {
      opened: ["PR_OPENED"],
      synchronize: ["PR_SYNCHRONIZED"],
      edited: ["PR_EDITED"],
      labeled: ["PR_EDITED"],
      unlabeled: ["PR_EDITED"],
      ready_for_review: ["PR_EDITED"],
      converted_to_draft: ["PR_EDITED"],
      review_request_removed: ["PR_EDITED"],
      enqueued: ["PR_EDITED"],
      dequeued: ["PR_EDITED"],
      reopened: ["PR_REOPENED"],
      closed: ["PR_CLOSED"],
    },
    otherwise: "Nothing that the gate asks for depends on them.",
  },
  pull_request_review: {
    facts: { submitted: ["REVIEW_SUBMITTED"], dismissed: ["REVIEW_SUBMITTED"] },
    otherwise: "An edited review keeps its verdict.",
  },
  pull_request_review_thread: {
    facts: { resolved: ["THREAD_RESOLVED"] },
    otherwise: "An open thread holds a merge: the gate reads all threads from GitHub before it merges.",
  },
  pull_request_review_comment: {
    facts: { created: ["PR_COMMENTED"], edited: ["PR_COMMENTED"], deleted: ["PR_COMMENTED"] },
    otherwise: "No other delivery changes a text. A comment of an App is a fact only when it is deleted.",
  },
  check_suite: {
    facts: { completed: ["CI_PASSED", "CI_FAILED", "BASE_CHECKED"] },
    otherwise: "A suite that has not ended decides nothing.",
  },
  check_run: { facts: {}, otherwise: "The suite of the run says when all of its runs have ended." },
  status: {
    facts: { "-": ["STATUS_REPORTED", "BASE_CHECKED"] },
    otherwise: "A status that is pending decides nothing.",
  },
  push: {
    facts: {},
    otherwise:
      "A push to a pull request also comes as `synchronize`. Whether the base has moved is read from GitHub before a merge.",
  },
  merge_group: { facts: {}, otherwise: "A merge queue tells of each pull request whether it is in it." },
  deployment_status: { facts: {}, otherwise: "The rig's work ends with the merge." },
  repository: {
    facts: { renamed: ["REPOSITORY_MOVED"], transferred: ["REPOSITORY_MOVED"] },
    otherwise: "Nothing of the rig depends on them.",
  },
  installation: {
    facts: {
      created: ["INSTALLATION_CHANGED"],
      deleted: ["INSTALLATION_CHANGED"],
      suspend: ["INSTALLATION_CHANGED"],
      unsuspend: ["INSTALLATION_CHANGED"],
    },
    otherwise: "Permissions that were accepted show at the next call.",
  },
};
