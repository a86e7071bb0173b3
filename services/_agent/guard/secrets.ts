import { mayBe, pathsOf } from "./paths.ts";
import type { Scope } from "./run.ts";

/** The part of an argument that names a secret file, or undefined. */
export function secretIn(scope: Scope, arg: string): string | undefined {
  const home = scope.run.context.home;
  const whole = arg.replace(/^-{1,2}[A-Za-z]+(?=[~/.])/, "");
  const pieces = new Set([arg, whole, ...arg.split(/[=:@,;<>'"()]+/), ...arg.replace(/^-[A-Za-z]/, "").split("=")]);
  for (const piece of pieces) {
    if (piece === "" || piece.length > 4_096) continue;
    const path = piece.startsWith("~/") ? `${home}${piece.slice(1)}` : piece;
    if (pathsOf(scope, path).some((each) => isSecret(each, home))) return piece;
  }
  return undefined;
}

/** Whether a path is that of a file with secrets. */
function isSecret(path: string, home: string): boolean {
  const names = path.split("/").slice(1);
  const last = (names.at(-1) ?? "").toLowerCase();
  if (/^\/proc\/[^/]+\/(environ|mem|maps)$/.test(path) || /^\/(var\/)?run\/secrets(\/|$)/.test(path)) return true;
  if (names.some((name) => mayBe(name, secretFolders))) return !/\.pub$|^known_hosts$/.test(last);
  if (isSystemSecret(path)) return true;
  const inHome = path.startsWith(`${home}/`) || /^\/(home\/[^/]+|root|Users\/[^/]+)\//.test(path);
  if (inHome && (mayBe(last, homeFiles) || homePaths.test(path))) return true;
  return isSecretName(last);
}

function isSecretName(last: string): boolean {
  if (/^\.env(\.|$)|^\.envrc$/.test(last))
    return !/\.(example|sample|template|dist|defaults?|schema|md|d\.ts)$/.test(last);
  if (mayBe(last, secretFiles)) return true;
  // Private keys: id_rsa with any ending but .pub, NAME.key, deploy-key; a certificate is public.
  if (/^id_(rsa|dsa|ecdsa|ed25519)([._-].*)?$/.test(last)) return !last.endsWith(".pub");
  if (/(^|[-_.])(ca|certs?|chain|fullchain|public|pub|bundle)([-_.].*)?\.pem$|^cacert\.pem$/.test(last)) return false;
  return /\.(key|pem|p12|pfx|jks|keystore|kdbx|ppk|asc\.key|keychain-db|keychain)(\.(bak|backup|old|orig))?$|[-_]key$|^service[-_]?account[^/]*\.json$/.test(
    last,
  );
}

function isSystemSecret(path: string): boolean {
  return (
    /^\/etc\/(shadow|gshadow|sudoers|master\.passwd)[-~]?$|^\/etc\/(sudoers\.d|ssl\/private|wireguard)(\/|$)|^\/etc\/ssh\/ssh_host_.*key$/.test(
      path,
    ) || /^\/etc\/(kubernetes|rancher)\/.*(conf|yaml)$/.test(path)
  );
}

/** Folders whose files are secrets, wherever they stand. */
const secretFolders = [".ssh", ".aws", ".gnupg", ".kube", ".azure", ".password-store", "keychains", ".oci", ".sops"];

/** Files that are secrets wherever they stand. */
const secretFiles = [
  ...[
    ".env",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".git-credentials",
    ".vault-token",
    ".htpasswd",
    ".s3cfg",
    ".boto",
    ".my.cnf",
  ],
  ...[
    "credentials",
    "credentials.json",
    "credentials.toml",
    "credentials.yml",
    "credentials.yaml",
    "credentials.tfrc.json",
  ],
  ...[
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "server.key",
    "private.key",
    "private.pem",
    "key.pem",
    ".credentials.json",
  ],
  ...[
    "secrets.yml",
    "secrets.yaml",
    "secrets.json",
    "secrets.toml",
    "master.key",
    ".dockercfg",
    "application_default_credentials.json",
  ],
];

/** Files of a home that hold credentials; of the same name in a repository they hold settings. */
const homeFiles = [
  ...[
    ".claude.json",
    ".bunfig.toml",
    ".msmtprc",
    ".curlrc",
    ".wgetrc",
    ".fetchmailrc",
    ".smbcredentials",
    ".xauthority",
    ".hgrc",
  ],
  ...[
    ".npmrc",
    ".yarnrc.yml",
    ".pypirc",
    ".gitconfig.local",
    ".terraformrc",
    ".databrickscfg",
    ".bash_history",
    ".zsh_history",
  ],
  ...[
    ".psql_history",
    ".mysql_history",
    ".node_repl_history",
    ".python_history",
    ".rediscli_history",
    ".lesshst",
    ".viminfo",
  ],
];

const homePaths =
  /\/(\.bundle\/config|\.subversion\/auth|\.vnc\/|\.bitcoin\/|\.ethereum\/|\.thunderbird\/|\.config\/hub|Library\/(Keychains|Cookies|Application Support\/(Google|Firefox))|\.docker\/config\.json|\.config\/(gh|hub|glab-cli|gcloud|op|solana|github-copilot|rclone|pypoetry|heroku|doctl|containers|git\/credentials|configstore|Bitwarden[^/]*|google-chrome|chromium)(\/|$)|\.cargo\/credentials|\.gem\/credentials|\.composer\/auth\.json|\.m2\/settings(-security)?\.xml|\.gradle\/gradle\.properties|\.nuget\/nuget\.config|\.claude\/\.credentials\.json|\.codex\/auth\.json|\.local\/share\/(keyrings|python_keyring)|\.mozilla\/|\.gnupg\/|\.snowsql\/config|\.netlify\/|\.fly\/config|\.terraform\.d\/credentials)/i;

/** Addresses at which a cloud hands out credentials, in the forms in which programs read them. */
const metadata =
  /169\.254\.169\.254|169\.254\.170\.2|\b2852039166\b|0xa9fea9fe|0xa9\.0xfe\.0xa9\.0xfe|0?251\.0?376\.0?251\.0?376|fd00:ec2::254|::ffff:a9fe:a9fe|100\.100\.100\.200|metadata\.(google\.internal|goog|azure\.internal|tencentyun\.com)|168\.63\.129\.16/i;

/** Whether a text names such an address. */
export function namesMetadata(text: string): boolean {
  return metadata.test(text);
}

/** Whether a variable is named as secrets are. In small letters it is a script's own. */
export function isSecretVariable(name: string): boolean {
  return (
    /(^|_)(TOKEN|SECRET|SECRETS|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|APIKEY|API_KEY|ACCESS_KEY|ACCESS_KEY_ID|PRIVATE_KEY|SIGNING_KEY|ENCRYPTION_KEY|PAT)(_|$)/.test(
      name,
    ) || /^(ANTHROPIC|OPENAI|AWS|GITHUB|GH|NPM|STRIPE|SLACK)_.*KEY$/.test(name)
  );
}
