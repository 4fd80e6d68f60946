import { familyOf } from '#machinery/ip.ts';
import type { EngineLayout } from './layout.ts';
import type { EngineSettings } from './preflight.ts';

/** containerd's configuration and the CNI network list, as text. */

type TomlValue = string | boolean | number | readonly string[];
type TomlTable = Readonly<Record<string, TomlValue>>;

function toml(tables: readonly (readonly [name: string, values: TomlTable])[]): string {
  const lines = tables.flatMap(([name, values]) => [
    ...(name === '' ? [] : [`[${name}]`]),
    ...Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
    '',
  ]);
  return lines.join('\n');
}

/** Plugins that no pod needs and that cost start-up time or touch files of the machine's own containerd. */
const disabledPlugins: readonly string[] = [
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
];

/** Configuration version 2: read by containerd 1.6 and 1.7, and by 2.x, which migrates it. */
export function containerdConfig(
  layout: EngineLayout,
  settings: EngineSettings,
  { pauseImage, podCidrs }: Pick<PodNetwork, 'podCidrs'> & { readonly pauseImage: string },
): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return toml([
    ['', { version: 2, root: layout.root, state: layout.state, disabled_plugins: disabledPlugins }],
    ['grpc', { address: layout.address }],
    ['ttrpc', { address: `${layout.address}.ttrpc` }],
    [
      cri,
      {
        sandbox_image: pauseImage,
        restrict_oom_score_adj: settings.restrictOomScoreAdj,
        netns_mounts_under_state_dir: true,
        enable_unprivileged_ports: true,
        enable_unprivileged_icmp: true,
      },
    ],
    [`${cri}.cni`, { bin_dir: settings.cniBinDir, conf_dir: layout.cniConfDir, ...preference(podCidrs) }],
    [`${cri}.containerd`, { snapshotter: settings.snapshotter, default_runtime_name: 'runc' }],
    [`${cri}.containerd.runtimes.runc`, { runtime_type: 'io.containerd.runc.v2' }],
    [
      `${cri}.containerd.runtimes.runc.options`,
      { BinaryName: settings.runc, Root: `${layout.state}/runc`, SystemdCgroup: false },
    ],
  ]);
}

/** Of the addresses that a pod has: its own is of the first network, where containerd takes that of IPv4. */
function preference([first]: readonly string[]): TomlTable {
  return first && familyOf(first) === 'IPv6' ? { ip_pref: 'ipv6' } : {};
}

export interface PodNetwork {
  /** One network of each IP family, the first for pods' own addresses. */
  readonly podCidrs: readonly string[];
  /** Absent: the kernel's default. */
  readonly mtu?: number;
}

function linkPlugin(layout: EngineLayout, settings: EngineSettings, { podCidrs, mtu }: PodNetwork) {
  const ipam = {
    type: 'host-local',
    dataDir: layout.ipamDir,
    ranges: podCidrs.map(subnet => [{ subnet }]),
  };
  const common = { ipMasq: false, ...(mtu ? { mtu } : {}) };
  if (settings.network === 'ptp') {
    const routes = podCidrs.map(cidr => ({ dst: familyOf(cidr) === 'IPv6' ? '::/0' : '0.0.0.0/0' }));
    return { type: 'ptp', ...common, ipam: { ...ipam, routes } };
  }
  const { bridge } = layout;
  return { type: 'bridge', bridge, isDefaultGateway: true, hairpinMode: true, ...common, ipam };
}

/**
 * The CNI network list (CNI specification 1.0). Addresses are not masqueraded here: the service proxy does it, in its
 * own table. containerd adds the loopback itself.
 */
export function cniNetworkList(layout: EngineLayout, settings: EngineSettings, network: PodNetwork): string {
  const list = {
    cniVersion: '1.0.0',
    name: layout.network,
    plugins: [
      linkPlugin(layout, settings, network),
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
      ...(settings.firewall ? [{ type: 'firewall', backend: 'iptables' }] : []),
    ],
  };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
