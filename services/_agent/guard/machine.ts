import type { GuardRuleId } from "#contracts/guard-rules.ts";

import { isOpen } from "./marks.ts";
import { has, readOptions, valuesOf } from "./options.ts";
import { anything, block, type Flow, fetched, inside, nothing, type Program, type Scope } from "./run.ts";

/** Programs that are refused whatever their arguments are, but for questions about themselves. */
const refused: Readonly<Record<string, GuardRuleId>> = {
  ...of(
    "raise-rights",
    "sudo sudoedit su doas pkexec runuser run0 gosu su-exec dzdo sg newgrp setpriv gksudo kdesudo machinectl newuidmap capsh setcap",
  ),
  ...of(
    "machine-state",
    "diskutil gpart newfs ddrescue dcfldd dc3dd partclone wipefs fdisk sfdisk gdisk sgdisk cfdisk parted partprobe blkdiscard badblocks hdparm lvremove vgremove pvremove lvcreate lvreduce vgreduce pvcreate mdadm cryptsetup dmsetup losetup mkswap swapon swapoff umount fsfreeze debugfs tune2fs resize2fs fstrim nvme shutdown reboot halt poweroff telinit kexec insmod rmmod modprobe useradd userdel usermod groupadd groupdel groupmod passwd chpasswd visudo vipw adduser deluser chsh chfn at batch killall5 setenforce setsebool grub-install update-grub efibootmgr nvram dphys-swapfile zpool vgcfgrestore iptables-restore",
  ),
  ...of("git-history", "git-filter-repo git-filter-branch bfg"),
  ...of("drop-data", "dropdb dropuser"),
};

function of(rule: GuardRuleId, names: string): Readonly<Record<string, GuardRuleId>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, rule]));
}

/** Programs of which the first operand says whether they only read. The others are blocked by a rule. */
interface Manager {
  readonly rule: GuardRuleId;
  readonly reads: readonly string[];
  /** Options that take a value and stand before that operand. */
  readonly valued?: string;
}

const managers: Readonly<Record<string, Manager>> = {
  ...Object.fromEntries(
    [
      "apt",
      "apt-get",
      "aptitude",
      "dnf",
      "yum",
      "zypper",
      "microdnf",
      "tdnf",
      "port",
      "snap",
      "flatpak",
      "choco",
      "winget",
      "scoop",
      "brew",
      "apk",
      "opkg",
      "xbps-install",
      "emerge",
      "pkg",
      "pkg_add",
      "rpm-ostree",
      "nala",
      "mas",
    ].map((name) => [
      name,
      {
        rule: "system-packages" as const,
        reads: [
          "list",
          "search",
          "show",
          "info",
          "policy",
          "depends",
          "rdepends",
          "--version",
          "version",
          "help",
          "config",
          "doctor",
          "outdated",
          "deps",
          "leaves",
          "home",
          "cat",
          "check",
          "repolist",
          "provides",
          "--prefix",
          "stats",
          "dot",
          "madison",
          "showpkg",
          "changelog",
          "which",
          "find",
        ],
        valued: "o c t root repository",
      },
    ]),
  ),
  systemctl: {
    rule: "machine-state",
    reads: [
      "status",
      "is-active",
      "is-enabled",
      "is-failed",
      "list-units",
      "list-unit-files",
      "list-timers",
      "show",
      "cat",
      "help",
    ],
  },
  launchctl: { rule: "machine-state", reads: ["list", "print", "blame", "help"] },
  ufw: { rule: "machine-state", reads: ["status", "version"] },
  "firewall-cmd": { rule: "machine-state", reads: ["--list-all", "--state"] },
  nft: { rule: "machine-state", reads: ["list"] },
  loginctl: { rule: "machine-state", reads: ["list-sessions", "show-session", "session-status"] },
  lvm: { rule: "machine-state", reads: ["lvs", "vgs", "pvs", "lvdisplay", "vgdisplay", "pvdisplay", "version"] },
  zfs: { rule: "machine-state", reads: ["list", "get"] },
  btrfs: { rule: "machine-state", reads: ["version", "filesystem"] },
};

/** Programs of the machine itself: rights, disks, services, packages, processes, jobs. */
export const machinePrograms: Readonly<Record<string, Program>> = {
  ...Object.fromEntries(Object.entries(refused).map(([name, rule]) => [name, refuseAs(rule)])),
  ...Object.fromEntries(Object.entries(managers).map(([name, manager]) => [name, manage(manager)])),
  ...Object.fromEntries(
    [
      "ext2",
      "ext3",
      "ext4",
      "xfs",
      "btrfs",
      "vfat",
      "fat",
      "ntfs",
      "exfat",
      "f2fs",
      "minix",
      "msdos",
      "bfs",
      "cramfs",
    ].flatMap((kind) => [`mkfs.${kind}`, `mke2fs`, `mkdosfs`].map((name) => [name, refuseAs("machine-state")])),
  ),
  mkfs: refuseAs("machine-state"),
  mount: (args, scope) => {
    if (args.some((arg) => arg !== "-l")) block(scope, "machine-state", `mount ${args.join(" ")}`);
    return anything;
  },
  pacman: (args, scope) => packages(args, scope, "pacman", /^-[SRU]|^--(sync|remove|upgrade)/, /^-S[sigl]+$|^-Q/),
  yay: (args, scope) => packages(args, scope, "yay", /^-[SRU]|^[^-]/, /^-S[sigl]+$|^-Q/),
  paru: (args, scope) => packages(args, scope, "paru", /^-[SRU]|^[^-]/, /^-S[sigl]+$|^-Q/),
  dpkg: (args, scope) =>
    packages(args, scope, "dpkg", /^-[irP]|^--(install|remove|purge|unpack|configure)/, /^-[lLsS]/),
  rpm: (args, scope) => packages(args, scope, "rpm", /^-[iUFe]|^--(install|upgrade|erase|import)/, /^-q/),
  "nix-env": (args, scope) => packages(args, scope, "nix-env", /^-[ieu]|^--(install|uninstall|upgrade)/, /^-q/),
  "add-apt-repository": refuseAs("system-packages"),
  "apt-key": refuseAs("system-packages"),
  softwareupdate: refuseAs("system-packages"),
  kill: (args, scope) => {
    const what = `kill ${args.join(" ")}`;
    const end = args.indexOf("--");
    const isSignal = (arg: string | undefined) => arg !== undefined && /^-([A-Z]+[0-9]*|\d+|s|n)$/i.test(arg);
    const rest =
      end >= 0 ? args.slice(end + 1) : isSignal(args[0]) ? args.slice(/^-[sn]$/.test(args[0] ?? "") ? 2 : 1) : args;
    if (rest.some((arg) => /^-?1$/.test(arg)) || (args.length === 1 && args[0] === "-1"))
      block(scope, "machine-state", what);
    return nothing;
  },
  pkill: killMany,
  killall: killMany,
  service: (args, scope) => {
    if (!["status", "--status-all"].includes(args[1] ?? args[0] ?? ""))
      block(scope, "machine-state", `service ${args.join(" ")}`);
    return anything;
  },
  init: (args, scope) => {
    if (/^[0-6s]$/i.test(args[0] ?? "")) block(scope, "machine-state", `init ${args.join(" ")}`);
    return anything;
  },
  crontab: (args, scope) => {
    if (!has(readOptions(args, "u"), "l") || has(readOptions(args, "u"), "r e"))
      block(scope, "machine-state", `crontab ${args.join(" ")}`);
    return anything;
  },
  iptables: firewall,
  ip6tables: firewall,
  ebtables: firewall,
  ip: (args, scope) => {
    const at = args.indexOf("exec");
    if (args.includes("netns") && at >= 0) scope.run.follow.program(args.slice(at + 2), inside(scope));
    if (args.some((arg) => /^(add|del|delete|set|flush|change|replace)$/.test(arg)))
      block(scope, "machine-state", `ip ${args.join(" ")}`);
    return anything;
  },
  sysctl: (args, scope) => {
    if (has(readOptions(args, "p"), "w") || args.some((arg) => /=/.test(arg)) || has(readOptions(args), "p"))
      block(scope, "machine-state", `sysctl ${args.join(" ")}`);
    return anything;
  },
  ps: (args, scope) => {
    if (
      args.some(
        (arg) => /^-?[a-z]*[eE][a-z]*$/i.test(arg) && ((!arg.startsWith("-") && arg.includes("e")) || /^-E/.test(arg)),
      )
    )
      block(scope, "read-secrets", `ps ${args.join(" ")}`);
    return anything;
  },
  history: (args, scope) => {
    if (has(readOptions(args, "d"), "c d")) block(scope, "machine-state", `history ${args.join(" ")}`);
    return anything;
  },
  security: secretStore,
  pass: secretStore,
  op: secretStore,
  "secret-tool": secretStore,
  vault: (args, scope) => {
    if (args.some((arg) => /^(read|get|print|login|unwrap)$/.test(arg)))
      block(scope, "read-secrets", `vault ${args.join(" ")}`);
    if (args.some((arg) => /^(delete|destroy|purge|disable|revoke)$/.test(arg)))
      block(scope, "shared-infrastructure", `vault ${args.join(" ")}`);
    return anything;
  },
  "ssh-add": (args, scope) => {
    if (!has(readOptions(args), "l L")) block(scope, "read-secrets", `ssh-add ${args.join(" ")}`);
    return anything;
  },
  "ssh-keyscan": () => fetched,
};

function refuseAs(rule: GuardRuleId): Program {
  return (args, scope, name) => {
    const isQuestion = args.length > 0 && args.every((arg) => /^(--help|--version|-V)$/.test(arg));
    if (!isQuestion) block(scope, rule, `${name} ${args.join(" ")}`);
    return anything;
  };
}

function manage({ rule, reads, valued = "" }: Manager): Program {
  return (args, scope, name) => {
    const { operands, names } = readOptions(args, valued);
    const [verb] = operands;
    const asks =
      verb === undefined
        ? args.length === 0 || args.every((arg) => /^(--?help|--version|-[vVh])$/.test(arg) || reads.includes(arg))
        : reads.includes(verb) || names.some((each) => /^(dry-run|simulate|just-print|no-act)$/.test(each));
    if (!asks) block(scope, rule, `${name} ${args.join(" ")}`);
    return anything;
  };
}

function packages(args: readonly string[], scope: Scope, name: string, changes: RegExp, reads: RegExp): Flow {
  if (args.some((arg) => changes.test(arg) && !reads.test(arg)))
    block(scope, "system-packages", `${name} ${args.join(" ")}`);
  return anything;
}

/** pkill and killall of everything: by user, by a pattern that fits all, or by one that is not known. */
function killMany(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(
    args.filter((arg) => !/^-(\d+|[A-Z]{3,})$/.test(arg)),
    "u U g G P s t signal user uid euid",
  );
  const isAll =
    options.operands.some((pattern) => isOpen(pattern) || /^[.^*$+]*$/.test(pattern)) ||
    (options.operands.length === 0 && valuesOf(options, "u U user uid euid g G t").length > 0) ||
    valuesOf(options, "u user euid U uid").length > 0;
  if (isAll) block(scope, "machine-state", `${name} ${args.join(" ")}`);
  return anything;
}

function firewall(args: readonly string[], scope: Scope, name: string): Flow {
  if (
    !args.every(
      (arg, index) =>
        /^(-[LSnvtwx]+|--(list|list-rules|numeric|verbose|line-numbers|version|table)|-h|--help)$/.test(arg) ||
        (index > 0 && !arg.startsWith("-")),
    )
  )
    block(scope, "machine-state", `${name} ${args.join(" ")}`);
  return anything;
}

function secretStore(args: readonly string[], scope: Scope, name: string): Flow {
  if (args.length > 0 && !args.every((arg) => /^(--?help|--version|ls|list)$/.test(arg)))
    block(scope, "read-secrets", `${name} ${args.join(" ")}`);
  return anything;
}
