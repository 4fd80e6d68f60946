import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { nodes, pods, serviceAccounts } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { systemClock } from '#main/system.ts';
import { createPki } from '#apiserver/pki/pki.ts';
import { type WireAnswer, WiredCluster } from './wire.ts';

const namespace = 'default';
const path = `/api/v1/namespaces/${namespace}/pods/talker/log`;

interface Reply {
  status: number;
  text: string;
}

/** A pod on a node whose kubelet, which proves itself by nothing that the API server knows, answers with `reply`. */
async function withKubelet(t: TestContext) {
  const reply: Reply = { status: 200, text: 'said\n' };
  const pki = createPki({
    clock: systemClock,
    nodeName: 'alone',
    nodeIps: ['127.0.0.1'],
    serviceIp: '10.96.0.1',
  });
  const kubelet = createServer({ key: pki['apiserver.key']!, cert: pki['apiserver.crt']! }, (_, response) => {
    response.writeHead(reply.status, { 'content-type': 'text/plain' });
    response.end(reply.text);
  });
  await new Promise<void>(resolve => kubelet.listen(0, '127.0.0.1', resolve));
  const end = () => {
    kubelet.closeAllConnections();
    return new Promise(resolve => kubelet.close(resolve));
  };
  const { port } = kubelet.address() as AddressInfo;
  const wired = await WiredCluster.start({ components: false });
  t.after(async () => {
    await wired[Symbol.asyncDispose]();
    await end();
  });
  const { client } = wired.cluster;
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace } });
  const node = await client.create(nodes, { metadata: { name: 'alone' } });
  const addresses = [{ type: 'ExternalIP' as const, address: '127.0.0.1' }];
  const daemonEndpoints = { kubeletEndpoint: { Port: port } };
  await client.updateStatus(nodes, { ...node, status: { addresses, daemonEndpoints } });
  const spec = { nodeName: 'alone', containers: [{ name: 'c', image: 'i' }] };
  await client.create(pods, { metadata: { name: 'talker', namespace }, spec } as Pod);
  const log = (query = '') => wired.send({ path: path + query });
  return { log, reply, port, end };
}

const told = ({ status, json: { reason, message } }: WireAnswer) => [status, reason, message];

test('a log comes from a kubelet that proves who it is, or from any if the client does not mind', async t => {
  const { log, port, end } = await withKubelet(t);
  const answer = await log('?insecureSkipTLSVerifyBackend=true');
  assert.deepEqual([answer.status, answer.text], [200, 'said\n']);
  const url = `https://127.0.0.1:${port}/containerLogs/default/talker/c`;
  assert.deepEqual(told(await log()), [
    500,
    undefined,
    `Get "${url}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  ]);
  await end();
  assert.deepEqual(told(await log('?insecureSkipTLSVerifyBackend=true')), [
    500,
    undefined,
    `Get "${url}": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  ]);
});

test('what a kubelet refuses is refused with its status', async t => {
  const { log, reply } = await withKubelet(t);
  const refused = async (status: number, text: string) => {
    Object.assign(reply, { status, text });
    return log('?insecureSkipTLSVerifyBackend=true');
  };
  const why = 'container "c" in pod "talker" is waiting to start: ContainerCreating';
  assert.deepEqual(told(await refused(400, why)), [400, 'BadRequest', why]);
  const missing = await refused(404, 'pod does not exist\n');
  assert.deepEqual(told(missing), [
    404,
    'NotFound',
    'the server could not find the requested resource ( pods/log talker)',
  ]);
  assert.deepEqual(missing.json.details, { name: 'talker', kind: 'pods/log' });
  assert.deepEqual(told(await refused(401, 'Unauthorized')), [
    401,
    'Unauthorized',
    'the server has asked for the client to provide credentials ( pods/log talker)',
  ]);
  assert.deepEqual(told(await refused(500, 'no')), [500, 'InternalError', 'Internal error occurred: no']);
  assert.deepEqual(told(await refused(502, 'no')), [
    502,
    'InternalError',
    'an error on the server ("no") has prevented the request from succeeding ( pods/log talker)',
  ]);
});
