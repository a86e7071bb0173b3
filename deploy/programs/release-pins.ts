/** One program that the rig pins: the same version wherever it comes from. */
export interface ProgramPin {
  /** Name of the executable file. */
  readonly program: string;
  /** Without a leading "v", as semantic version. */
  readonly version: string;
  /** The Go package of the command, for `go install`. */
  readonly goPackage: string;
  /** The Go module and its version, one line of a go.mod's `require`. */
  readonly goModule: string;
  /** Path on the release host, by platform (`<os>-<arch>` as Go names them). A platform that is absent is built by go. */
  readonly releases: Readonly<Record<string, ReleasePin>>;
}

/** One archive of an official release. */
export interface ReleasePin {
  readonly path: string;
  /** SHA-256 of the archive, 64 hex digits. */
  readonly sha256: string;
}

const serverRelease = (platform: string, sha256: string): ReleasePin => ({
  path: `/nats-io/nats-server/releases/download/v2.14.5/nats-server-v2.14.5-${platform}.tar.gz`,
  sha256,
});

/**
 * The broker. Source of the Linux sums: the Dockerfile of the official image,
 * https://github.com/nats-io/nats-docker 2.14.x/alpine3.22/Dockerfile.
 */
export const natsServerPin: ProgramPin = {
  program: "nats-server",
  version: "2.14.5",
  goPackage: "github.com/nats-io/nats-server/v2",
  goModule: "github.com/nats-io/nats-server/v2 v2.14.5",
  releases: {
    "linux-amd64": serverRelease("linux-amd64", "5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355"),
    "linux-arm64": serverRelease("linux-arm64", "673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c"),
    "darwin-arm64": serverRelease("darwin-arm64", "ddd907854d9a2de834af133fa396915fe6442fe6d8909ae31390d1ea7a0fea50"),
  },
};

const cliRelease = (platform: string, sha256: string): ReleasePin => ({
  path: `/nats-io/natscli/releases/download/v0.4.0/nats-0.4.0-${platform}.zip`,
  sha256,
});

/** The operator's command line. Source of the sums: the release's checksum file, https://github.com/nats-io/natscli/releases/tag/v0.4.0. */
export const natsCliPin: ProgramPin = {
  program: "nats",
  version: "0.4.0",
  goPackage: "github.com/nats-io/natscli/nats",
  goModule: "github.com/nats-io/natscli v0.4.0",
  releases: {
    "linux-amd64": cliRelease("linux-amd64", "8dbd437c826b953dbd7432cf890ef22ba3c33dccc3dce5e71b3e8d055427849c"),
    "linux-arm64": cliRelease("linux-arm64", "9ce0c8a6653cd697d0b32687fcb53b59c13a2ad7a6ade7af8ad8a1c0f7357a87"),
    "darwin-amd64": cliRelease("darwin-amd64", "87cbc208a9fb1dcd3be364ab351a14901c9c29d50ef6a7a2fd897362dbb0db47"),
    "darwin-arm64": cliRelease("darwin-arm64", "39a68a0673f1b87d0887f48b02ca17f5d803f5689d4a9cff8e74b6411d6baef7"),
  },
};
