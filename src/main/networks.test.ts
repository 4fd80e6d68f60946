import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { ClusterRecord } from './cluster-record.ts';
import { claimNetworks, grownNetworks, networksFor } from './networks.ts';

const skip = process.platform !== 'linux' || process.getuid?.() !== 0 ? 'needs root on Linux' : false;

const recordOf = (name: string): ClusterRecord => ({
  name,
  mode: 'real',
  hollowNodes: 0,
  nodeName: 'node',
  port: 0,
  ...networksFor(name)[0],
});

/** The machine's own clusters and networks are out of sight there. What `body` prints, a module of which networks.ts is in scope as `networks`, after `setup` in a new namespace. */
async function inNamespace(setup: string, body: string): Promise<string> {
  const module = `import * as networks from ${JSON.stringify(new URL('./networks.ts', import.meta.url).href)};\n`;
  const script = `${setup}\nexec "$@"`;
  const node = [process.execPath, '--input-type=module', '-e', `${module}${body}`];
  const { stdout } = await promisify(execFile)('unshare', ['-n', 'sh', '-ec', script, 'sh', ...node]);
  return stdout.trim();
}

const claimed = (name: string, services?: string) => {
  const args = JSON.stringify([recordOf(name), true, ...(services ? [services] : [])]);
  return `console.log((await networks.claimNetworks(...${args})).networks.podCidr)`;
};

test('a name always wants the same networks first, and every pair in the end', () => {
  assert.deepEqual(networksFor('coxswain')[0], { podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' });
  assert.deepEqual(networksFor('other'), networksFor('other'));
  assert.equal(new Set(networksFor('other').map(({ podCidr }) => podCidr)).size, 11);
  const chosen = networksFor('other', '10.9.0.0/16').map(({ serviceCidr }) => serviceCidr);
  assert.deepEqual(new Set(chosen), new Set(['10.9.0.0/16']), 'whoever chose the Services’ network gets it');
});

test('pods have the families of the Services, also of a second one that comes later', () => {
  const podCidrOf = (services: string) => networksFor('coxswain', services)[0].podCidr;
  const dual = '10.9.0.0/16,fd00:9::/108';
  assert.equal(podCidrOf(dual), '10.244.0.0/16,fd00:10:244::/56');
  assert.equal(podCidrOf('fd00:9::/108,10.9.0.0/16'), 'fd00:10:244::/56,10.244.0.0/16');
  assert.equal(podCidrOf('fd00:9::/108'), 'fd00:10:244::/56');
  const known = { ...recordOf('other'), podCidr: '10.250.0.0/16', serviceCidr: '10.9.0.0/16' };
  assert.equal(grownNetworks(known, known.serviceCidr), known);
  assert.deepEqual(grownNetworks(known, dual), {
    podCidr: '10.250.0.0/16,fd00:10:250::/56',
    serviceCidr: dual,
  });
});

test('what another runs with is left to it, until that one ends', async () => {
  const record = recordOf(`claims-${process.pid}`);
  const first = await claimNetworks(record, true);
  const second = await claimNetworks(record, true);
  assert.notDeepEqual(second.networks, first.networks);
  const known = { ...record, ...first.networks };
  await assert.rejects(claimNetworks(known, false), {
    message: `another cluster of this machine runs with the pods' network ${known.podCidr}, which is this cluster's too: stop that one first`,
  });
  await first[Symbol.asyncDispose]();
  await using again = await claimNetworks(known, false);
  assert.deepEqual(again.networks, first.networks);
  await second[Symbol.asyncDispose]();
});

test('a network that this machine is in is left alone, though nothing is plugged into it', {
  skip,
}, async () => {
  const bridge = (name: string, address: string) =>
    `ip link add ${name} type bridge; ip addr add ${address} dev ${name}; ip link set ${name} up`;
  assert.equal(await inNamespace('', claimed('coxswain')), '10.244.0.0/16');
  assert.equal(await inNamespace(bridge('br0', '10.244.7.1/24'), claimed('coxswain')), '10.245.0.0/16');
  assert.equal(await inNamespace(bridge('br0', '10.96.0.1/28'), claimed('coxswain')), '10.245.0.0/16');
  assert.equal(await inNamespace(bridge('br0', '10.246.0.1/15'), claimed('coxswain')), '10.244.0.0/16');
  const dual = claimed('coxswain', '10.9.0.0/16,fd00:9::/108');
  assert.equal(await inNamespace(bridge('br0', 'fd00:10:244::1/64'), dual), '10.245.0.0/16,fd00:10:245::/56');
  const own = bridge('cox-coxswain', '10.244.0.1/24');
  assert.equal(await inNamespace(own, claimed('coxswain')), '10.244.0.0/16', "the cluster's own");
  await assert.rejects(
    inNamespace(bridge('br0', '10.1.2.3/8'), claimed('coxswain')),
    /every network that Coxswain would use for pods is in use/,
  );
});
