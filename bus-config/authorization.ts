import { type BusUser, nkeyVariable, systemUser } from "./permissions.ts";
import { deliveryBytesMax } from "./streams.ts";

const head = "# Generated from contracts/choreography.ts by bus-config/generate.ts. Do not edit: npm run generate\n";

/**
 * The nats-server configuration file with both accounts and all users. Keys are variables that nats-server takes
 * from its environment: an included file does not see the variables of the file that includes it (2.14.5).
 */
export function authorizationConf(users: readonly BusUser[]): string {
  return [
    head,
    "accounts {",
    "  RIG {",
    "    jetstream: enabled",
    "    users: [",
    ...users.map(userBlock),
    "    ]",
    "  }",
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
