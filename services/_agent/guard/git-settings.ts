import { isOpen } from "./marks.ts";
import { assign, block, type Scope } from "./run.ts";
import { followCode } from "./shell-code.ts";

/** Checks `key=value`, as `git -c` and `git config` set it, and keeps aliases, so that their use is followed. */
export function checkSetting(setting: string, scope: Scope): undefined {
  const [, written = "", value = "true"] = /^([^=]*)(?:=([\s\S]*))?$/.exec(setting) ?? [];
  const key = written.toLowerCase();
  if (isOpen(written)) return block(scope, "git-settings", `git -c ${setting}`);
  assign(scope, `git ${key}`, value);
  if (key.startsWith("alias.")) {
    // Later commands may use it, so what it does counts at once.
    followCode(
      value.startsWith("!") ? value.slice(1) : `git ${value}`,
      { ...scope, within: [...scope.within, `git ${key.slice(6)}`] },
      `git ${setting}`,
    );
  } else if (programs.test(key)) followCode(value, scope, `git ${setting}`);
  else if (refused.test(key) && !/^(false|)$/.test(value)) block(scope, "git-settings", `git ${setting}`);
}

/** Settings whose value is a command that git runs: a harmless one may be named, such as `true` for the editor. */
const programs =
  /^(core\.(editor|pager)|sequence\.editor|pager\..*|(diff|merge)tool\..*\.(cmd|path)|man\..*\.cmd|browser\..*\.cmd)$/;
/** Settings that make git run a program, read another configuration or talk to another host. */
const refused =
  /^(core\.(sshcommand|hookspath|fsmonitor|gitproxy|askpass|attributesfile|worktree|alternaterefscommand)|credential(\..*)?\.helper|diff\..*\.(command|textconv)|diff\.external|merge\..*\.driver|filter\..*\.(clean|smudge|process)|gpg\.(.*\.)?program|gpg\.ssh\.defaultkeycommand|protocol\..*|url\..*\.(push)?insteadof|http\.(.*\.)?(proxy|sslverify|extraheader|cookiefile)|remote\..*\.(url|pushurl|proxy|vcs|uploadpack|receivepack)|include(if)?\..*|uploadpack\..*|receive\..*|submodule\..*\.(update|url)|trailer\..*\.(cmd|command)|sendemail\..*|web\.browser|init\.templatedir|ssh\.variant|hook\..*)$/;
