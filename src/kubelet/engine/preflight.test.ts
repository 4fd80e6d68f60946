import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HostFacts, preflight } from './preflight.ts';

const good: HostFacts = {
  platform: 'linux',
  architecture: 'amd64',
  root: true,
  binaries: {
    containerd: '/usr/bin/containerd',
    'containerd-shim-runc-v2': '/usr/bin/containerd-shim-runc-v2',
    ctr: '/usr/bin/ctr',
    runc: '/usr/sbin/runc',
    nft: '/usr/sbin/nft',
    ip: '/usr/sbin/ip',
    iptables: '/usr/sbin/iptables',
    conntrack: '/usr/sbin/conntrack',
  },
  cniBinDir: '/usr/lib/cni',
  cgroup: { version: 2, controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'] },
  capabilities: (1n << 41n) - 1n,
  overlayfs: true,
  ipForward: true,
  bridgeNetfilter: true,
  nftablesError: '',
  forwardDrop: false,
  diskFreeBytes: 1e11,
  socketPathBytes: 60,
};

test('a machine that has all has no findings', () => {
  assert.deepEqual(preflight(good), {
    problems: [],
    warnings: [],
    settings: {
      restrictOomScoreAdj: false,
      snapshotter: 'overlayfs',
      cniBinDir: '/usr/lib/cni',
      network: 'bridge',
      firewall: false,
      containerd: '/usr/bin/containerd',
      runc: '/usr/sbin/runc',
    },
  });
});

test('where containers cannot be, the one reason is told', () => {
  assert.deepEqual(preflight({ ...good, platform: 'darwin', root: false }).problems, [
    'real containers need Linux; this is darwin',
  ]);
  assert.deepEqual(preflight({ ...good, root: false }).problems, [
    'real containers need root: run as root or with sudo',
  ]);
});

const problemCases: readonly [Partial<HostFacts>, RegExp][] = [
  [{ architecture: 's390x' }, /x86-64 or arm64; this is s390x/],
  [
    { binaries: { ...good.binaries, runc: undefined } },
    /^runc is not installed: run `apt-get install -y runc`$/,
  ],
  [{ cniBinDir: undefined }, /containernetworking-plugins/],
  [{ cgroup: { version: undefined, controllers: [] } }, /no cgroup hierarchy is mounted/],
  [{ cgroup: { version: 2, controllers: ['cpu', 'pids'] } }, /not available: memory; enable them/],
  [
    { cgroup: { version: 1, controllers: ['cpu', 'memory', 'pids', 'cpuset'] } },
    /not mounted: devices, freezer/,
  ],
  [{ capabilities: good.capabilities & ~(1n << 21n) }, /CAP_SYS_ADMIN is missing/],
  [{ capabilities: good.capabilities & ~(1n << 12n) }, /CAP_NET_ADMIN is missing/],
  [{ ipForward: false }, /net\.ipv4\.ip_forward=1/],
  [{ nftablesError: 'Operation not supported' }, /nftables does not work \(Operation not supported\)/],
  [{ diskFreeBytes: 5 * 1024 * 1024 }, /only 5 MiB are free/],
  [{ socketPathBytes: 120 }, /120 bytes of at most 107/],
];

test('each thing that is missing is one line', () => {
  for (const [facts, text] of problemCases) {
    const { problems } = preflight({ ...good, ...facts });
    assert.equal(problems.length, 1, String(text));
    assert.match(problems[0]!, text);
  }
});

const warningCases: readonly [Partial<HostFacts>, RegExp, object][] = [
  [{ capabilities: good.capabilities & ~(1n << 24n) }, /CAP_SYS_RESOURCE/, { restrictOomScoreAdj: true }],
  [{ overlayfs: false }, /images are copied/, { snapshotter: 'native' }],
  [{ bridgeNetfilter: false }, /br_netfilter/, { network: 'ptp' }],
  [
    { binaries: { ...good.binaries, iptables: undefined }, forwardDrop: true },
    /hostPort/,
    { firewall: false },
  ],
  [{ binaries: { ...good.binaries, conntrack: undefined } }, /conntrack/, {}],
  [{ diskFreeBytes: 1024 ** 3 }, /less than 2 GiB/, {}],
];

test('what can be done without is a warning and a setting', () => {
  for (const [facts, text, expected] of warningCases) {
    const { problems, warnings, settings } = preflight({ ...good, ...facts });
    assert.deepEqual(problems, []);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, text);
    assert.deepEqual({ ...settings, ...expected }, settings);
  }
  assert.equal(preflight({ ...good, forwardDrop: true }).settings.firewall, true);
});
