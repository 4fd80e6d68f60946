import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayOf, macOf } from './bridge.ts';
import { sandboxesOf } from './purge.ts';
import { cniNetworkList, containerdConfig } from './config.ts';
import { bridgeName, engineLayout } from './layout.ts';

const layout = engineLayout({ name: 'one', dataDir: '/data/one', runDir: '/run/one' });
const settings = {
  restrictOomScoreAdj: true,
  snapshotter: 'native',
  cniBinDir: '/opt/cni/bin',
  network: 'bridge',
  firewall: false,
  containerd: 'containerd',
  runc: '/usr/sbin/runc',
} as const;

test('bridge names fit an interface name and differ', () => {
  assert.equal(bridgeName('default'), 'cox-default');
  const long = ['a-long-cluster-name-1', 'a-long-cluster-name-2'].map(bridgeName);
  assert.ok(long.every(name => name.length <= 15));
  assert.notEqual(long[0], long[1]);
});

test('two clusters share no path and no name', () => {
  const other = engineLayout({ name: 'two', dataDir: '/data/two', runDir: '/run/two' });
  for (const [key, value] of Object.entries(layout)) {
    assert.notEqual(value, (other as unknown as Record<string, string>)[key], key);
  }
});

test("containerd's configuration carries the settings of the machine", () => {
  const text = containerdConfig(layout, settings, {
    pauseImage: 'localhost/pause:1',
    podCidrs: ['10.244.3.0/24'],
  });
  for (const line of [
    'version = 2',
    'root = "/data/one/containerd"',
    'state = "/run/one/containerd"',
    'address = "/run/one/containerd.sock"',
    'restrict_oom_score_adj = true',
    'sandbox_image = "localhost/pause:1"',
    'snapshotter = "native"',
    'bin_dir = "/opt/cni/bin"',
    'BinaryName = "/usr/sbin/runc"',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
});

test('the network is a bridge, or a link for each pod', () => {
  const network = { podCidrs: ['10.244.3.0/24'], mtu: 1400 };
  const bridge = JSON.parse(cniNetworkList(layout, settings, network));
  assert.equal(bridge.name, 'coxswain-one');
  assert.deepEqual(
    bridge.plugins.map((plugin: { type: string }) => plugin.type),
    ['bridge', 'portmap'],
  );
  const [link] = bridge.plugins;
  assert.deepEqual([link.bridge, link.mtu, link.hairpinMode, link.ipMasq], ['cox-one', 1400, true, false]);
  assert.deepEqual(link.ipam.ranges, [[{ subnet: '10.244.3.0/24' }]]);
  const ptp = JSON.parse(cniNetworkList(layout, { ...settings, network: 'ptp', firewall: true }, network));
  assert.deepEqual(
    ptp.plugins.map((plugin: { type: string }) => plugin.type),
    ['ptp', 'portmap', 'firewall'],
  );
  assert.deepEqual(ptp.plugins[0].ipam.routes, [{ dst: '0.0.0.0/0' }]);
  const both = { podCidrs: ['fd00:10:244::/64', '10.244.3.0/24'] };
  const dual = JSON.parse(cniNetworkList(layout, { ...settings, network: 'ptp' }, both));
  assert.deepEqual(dual.plugins[0].ipam.ranges, [
    [{ subnet: 'fd00:10:244::/64' }],
    [{ subnet: '10.244.3.0/24' }],
  ]);
  assert.deepEqual(dual.plugins[0].ipam.routes, [{ dst: '::/0' }, { dst: '0.0.0.0/0' }]);
});

test('the gateway is the first address of the network', () => {
  assert.deepEqual(gatewayOf('10.244.3.0/24'), { address: '10.244.3.1', prefixLength: 24 });
  assert.deepEqual(gatewayOf('192.168.255.200/25'), { address: '192.168.255.129', prefixLength: 25 });
  assert.deepEqual(gatewayOf('fd00:10:244::/64'), { address: 'fd00:10:244::1', prefixLength: 64 });
  assert.equal(macOf('10.244.3.1'), '0a:58:0a:f4:03:01');
  assert.equal(macOf('fd00:10:244::1'), '0a:58:02:44:00:01');
  for (const bad of ['', '10.0.0.0', '10.0.0.0/31', '300.0.0.0/8', 'fd00::/127']) {
    assert.throws(() => gatewayOf(bad), /is not an? .*network/);
  }
});

test('a purge tells the attachments of a cluster from those of one whose name goes on', () => {
  const id = 'a'.repeat(64);
  const results = [
    `coxswain-dev-${id}-eth0`,
    `coxswain-dev-2-${id}-eth0`,
    `cni-loopback-${id}-lo`,
    'coxswain-dev-x',
  ];
  assert.deepEqual(sandboxesOf('coxswain-dev', results), [id]);
  assert.deepEqual(sandboxesOf('coxswain-dev-2', results), [id]);
});
