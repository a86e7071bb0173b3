import { Schema } from "effect";

// The fields that the rig reads from GitHub's webhook payloads (https://docs.github.com/webhooks/webhook-events-and-payloads). The stream
// GITHUB stores the whole raw delivery.

const Repository = Schema.Struct({
  name: Schema.NonEmptyString,
  owner: Schema.Struct({ login: Schema.NonEmptyString }),
  default_branch: Schema.NonEmptyString,
});
const Labels = Schema.Array(Schema.NullOr(Schema.Struct({ name: Schema.String })));
const Sender = Schema.Struct({ login: Schema.String, type: Schema.optionalKey(Schema.String) });
/**
 * A field that payloads of another event have and those of this one do not. GitHub signs the body and not the event's name, so a body may be
 * sent again under another name: the deletion of a comment would pass for that of its issue.
 */
const Absent = Schema.optionalKey(Schema.Never);

/** An `issues` delivery. Only the actions `labeled` and `unlabeled` have `label`. */
const IssuesDelivery = Schema.Struct({
  action: Schema.String,
  issue: Schema.Struct({
    number: Schema.Int,
    title: Schema.String,
    body: Schema.NullOr(Schema.String),
    labels: Schema.optionalKey(Labels),
    state_reason: Schema.optionalKey(Schema.NullOr(Schema.String)),
    updated_at: Schema.optionalKey(Schema.String),
  }),
  label: Schema.optionalKey(Schema.Struct({ name: Schema.String })),
  comment: Absent,
  repository: Repository,
  sender: Sender,
});

/** A `pull_request` delivery. Only the action `synchronize` has `before`, the head SHA before the push. */
const PullRequestDelivery = Schema.Struct({
  action: Schema.String,
  pull_request: Schema.Struct({
    number: Schema.Int,
    title: Schema.String,
    body: Schema.NullOr(Schema.String),
    user: Schema.NullOr(Sender),
    head: Schema.Struct({
      ref: Schema.String,
      sha: Schema.String,
      /** null when the fork was deleted. */
      repo: Schema.optionalKey(Schema.NullOr(Schema.Struct({ full_name: Schema.String }))),
    }),
    base: Schema.Struct({ ref: Schema.String }),
    draft: Schema.optionalKey(Schema.Boolean),
    labels: Schema.optionalKey(Labels),
    updated_at: Schema.optionalKey(Schema.String),
    merged: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
    merge_commit_sha: Schema.optionalKey(Schema.NullOr(Schema.String)),
  }),
  before: Schema.optionalKey(Schema.String),
  comment: Absent,
  review: Absent,
  thread: Absent,
  repository: Repository,
  sender: Schema.optionalKey(Sender),
});

/** A `pull_request_review` delivery. */
const ReviewDelivery = Schema.Struct({
  action: Schema.String,
  review: Schema.Struct({
    id: Schema.Int,
    state: Schema.String,
    user: Schema.NullOr(Schema.Struct({ login: Schema.String, type: Schema.optionalKey(Schema.String) })),
    commit_id: Schema.NullOr(Schema.String),
  }),
  pull_request: Schema.Struct({ number: Schema.Int }),
  repository: Repository,
});

const Comment = Schema.Struct({
  id: Schema.Int,
  body: Schema.NullOr(Schema.String),
  /** null when the author's account is deleted. */
  user: Schema.NullOr(Schema.Struct({ login: Schema.String, type: Schema.optionalKey(Schema.String) })),
  updated_at: Schema.optionalKey(Schema.String),
});

/** An `issue_comment` delivery. The issue of a comment on a pull request has `pull_request`. */
const IssueCommentDelivery = Schema.Struct({
  action: Schema.String,
  issue: Schema.Struct({ number: Schema.Int, pull_request: Schema.optionalKey(Schema.Unknown) }),
  comment: Comment,
  repository: Repository,
});

/** A `pull_request_review_comment` delivery: a comment on a line of the diff. */
const ReviewCommentDelivery = Schema.Struct({
  action: Schema.String,
  comment: Comment,
  pull_request: Schema.Struct({ number: Schema.Int }),
  repository: Repository,
  sender: Schema.optionalKey(Sender),
});

/** A `pull_request_review_thread` delivery. */
const ThreadDelivery = Schema.Struct({
  action: Schema.String,
  thread: Schema.Struct({ node_id: Schema.String }),
  pull_request: Schema.Struct({ number: Schema.Int }),
  repository: Repository,
  sender: Schema.optionalKey(Sender),
});

/** A `check_suite` delivery. `pull_requests` lists the open pull requests whose head the suite tested. */
const CheckSuiteDelivery = Schema.Struct({
  action: Schema.String,
  check_suite: Schema.Struct({
    id: Schema.Int,
    head_sha: Schema.String,
    /** null where the suite is of no branch. */
    head_branch: Schema.optionalKey(Schema.NullOr(Schema.String)),
    conclusion: Schema.NullOr(Schema.String),
    updated_at: Schema.optionalKey(Schema.String),
    app: Schema.optionalKey(Schema.NullOr(Schema.Struct({ slug: Schema.optionalKey(Schema.String) }))),
    pull_requests: Schema.Array(Schema.Struct({ number: Schema.Int })),
  }),
  repository: Repository,
});

/** A `status` delivery: a commit status, which GitHub keeps beside checks. `branches` are those of the repository with this commit as head. */
const StatusDelivery = Schema.Struct({
  sha: Schema.String,
  context: Schema.String,
  state: Schema.String,
  branches: Schema.Array(Schema.Struct({ name: Schema.String })),
  updated_at: Schema.optionalKey(Schema.String),
  repository: Repository,
});

/** A `repository` delivery. `changes` says what was before, where that has changed: name, owner, default branch. */
const RepositoryDelivery = Schema.Struct({
  action: Schema.String,
  changes: Schema.optionalKey(
    Schema.Struct({
      // Nobody reads it. Without it TypeScript takes no `changes` of an edited repository for this shape: it would share no key with it.
      default_branch: Schema.optionalKey(Schema.Struct({ from: Schema.String })),
      repository: Schema.optionalKey(Schema.Struct({ name: Schema.Struct({ from: Schema.String }) })),
      owner: Schema.optionalKey(
        Schema.Struct({
          from: Schema.Struct({
            user: Schema.optionalKey(Schema.NullOr(Sender)),
            organization: Schema.optionalKey(Schema.NullOr(Sender)),
          }),
        }),
      ),
    }),
  ),
  repository: Repository,
});

/** An `installation` delivery: an App of the rig was installed, suspended or taken away. An enterprise has a slug instead of a login. */
const InstallationDelivery = Schema.Struct({
  action: Schema.String,
  repositories_added: Absent,
  installation: Schema.Struct({
    id: Schema.Int,
    app_id: Schema.Int,
    account: Schema.NullOr(Schema.Union([Sender, Schema.Struct({ slug: Schema.String })])),
  }),
});

/** A delivery that the rig subscribes to and from which no fact follows (`docs/deliveries.md` says why). */
const OtherDelivery = Schema.Struct({});

/** The events that the rig subscribes to, each with the shape of its deliveries. All other deliveries are stored and ignored. */
export const deliverySchemas = {
  issues: IssuesDelivery,
  issue_comment: IssueCommentDelivery,
  pull_request: PullRequestDelivery,
  pull_request_review: ReviewDelivery,
  pull_request_review_comment: ReviewCommentDelivery,
  pull_request_review_thread: ThreadDelivery,
  check_suite: CheckSuiteDelivery,
  status: StatusDelivery,
  repository: RepositoryDelivery,
  installation: InstallationDelivery,
  push: OtherDelivery,
  check_run: OtherDelivery,
  merge_group: OtherDelivery,
  deployment_status: OtherDelivery,
} as const;

/** A decoded delivery with its event name. */
export type KnownDelivery = {
  [Event in keyof typeof deliverySchemas]: {
    readonly event: Event;
    readonly payload: (typeof deliverySchemas)[Event]["Type"];
  };
}[keyof typeof deliverySchemas];

/** Whether the rig reads deliveries of this event. */
export function isKnownEvent(event: string): event is KnownDelivery["event"] {
  return Object.hasOwn(deliverySchemas, event);
}
