import { inboxPrefix } from "#contracts/subjects.ts";
import { type BusUser, hubAccount, nkeyVariable, systemUser } from "./permissions.ts";
import { deliveryBytesMax } from "./streams.ts";

const head = "# Generated from contracts/choreography.ts by bus-config/generate.ts. Do not edit: npm run generate\n";

/**
 * The nats-server configuration file with all accounts and users. RIG has the streams; each service is alone in an account that imports
 * from RIG what the service may publish and receive, and nothing else. Keys are variables that nats-server takes from its environment: an
 * included file does not see the variables of the file that includes it (2.14.5).
 */
export function authorizationConf(users: readonly BusUser[]): string {
  const apart = users.filter(({ account }) => account !== hubAccount);
  return [
    head,
    "accounts {",
    `  ${hubAccount} {`,
    "    jetstream: enabled",
    "    exports: [",
    ...exportLines("service", apart, imported),
    ...exportLines("stream", apart, received),
    "    ]",
    "    users: [",
    ...users.filter(({ account }) => account === hubAccount).map(userBlock),
    "    ]",
    "  }",
    ...apart.map(accountBlock),
    "  SYS {",
    "    users: [",
    `      { nkey: $${nkeyVariable(systemUser)} }`,
    "    ]",
    "  }",
    "}",
    "system_account: SYS",
    "",
  ].join("\n");
}

/** The nats-server configuration file with the limits that the streams need. */
export function limitsConf(): string {
  return `${head}\n# A delivery from GitHub may have 25 MB; the server's default is 1 MiB.\nmax_payload: ${deliveryBytesMax}\n`;
}

/** What a user publishes: each is a service of RIG in the sense of accounts, because the server answers on the reply subject. */
function imported({ permissions }: BusUser): readonly string[] {
  return permissions.publish;
}

/** What a user receives beside the answers in its inbox: streams of RIG in the sense of accounts. */
function received({ name, permissions }: BusUser): readonly string[] {
  return permissions.subscribe.filter((subject) => subject !== `${inboxPrefix(name)}.>`);
}

/** One line per subject, with the accounts that may import it. */
function exportLines(
  kind: "service" | "stream",
  users: readonly BusUser[],
  subjectsOf: (user: BusUser) => readonly string[],
): readonly string[] {
  const pairs = users.flatMap((user) => subjectsOf(user).map((subject) => ({ subject, account: user.account })));
  return [...Map.groupBy(pairs, ({ subject }) => subject)].map(([subject, importers]) => {
    const accounts = importers.map(({ account }) => account).join(", ");
    const many = answersInParts.test(subject) ? ", response_type: stream" : "";
    return `      { ${kind}: "${subject}", accounts: [${accounts}]${many} }`;
  });
}

/** Requests with more than one answer: the server takes the reply subject of any other one down after the first. */
const answersInParts = /^\$JS\.API\.(CONSUMER\.MSG\.NEXT|DIRECT\.GET)\./;

function accountBlock(user: BusUser): string {
  const importLine = (kind: string) => (subject: string) =>
    `      { ${kind}: { account: ${hubAccount}, subject: "${subject}" } }`;
  return [
    `  ${user.account} {`,
    "    imports: [",
    ...imported(user).map(importLine("service")),
    ...received(user).map(importLine("stream")),
    "    ]",
    "    users: [",
    userBlock(user),
    "    ]",
    "  }",
  ].join("\n");
}

function userBlock({ name, why, permissions }: BusUser): string {
  return [
    `      # ${name}: ${why}`,
    "      {",
    `        nkey: $${nkeyVariable(name)}`,
    "        permissions: {",
    `          publish: { allow: [${list(permissions.publish)}]${denied(permissions.deny ?? [])} }`,
    `          subscribe: { allow: [${list(permissions.subscribe)}] }`,
    "        }",
    "      }",
  ].join("\n");
}

function denied(subjects: readonly string[]): string {
  return subjects.length === 0 ? "" : `, deny: [${list(subjects)}]`;
}

/** Quoted, because in this format a bare `$` begins a variable. */
function list(subjects: readonly string[]): string {
  const indent = "\n            ";
  return `${indent}${subjects.map((subject) => `"${subject}"`).join(indent)}\n          `;
}
