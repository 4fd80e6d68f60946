import assert from 'node:assert/strict';
import { agnhost, containerRow } from '../containers/programs.ts';
import type { RawResponse } from '../raw.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { pod, runningPod } from '../workloads.ts';

const methods = ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** A pod that answers with what it was asked, behind a service with a named port; both are called agnhost. */
async function backend(t: Trial): Promise<void> {
  const readinessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 };
  const container = { readinessProbe, ports: [{ name: 'http', containerPort: 8080 }] };
  await t.api.services.create({
    metadata: { name: 'agnhost' },
    spec: { selector: { app: 'agnhost' }, ports: [{ name: 'portname', port: 80, targetPort: 8080 }] },
  });
  await t.api.pods.create(pod('agnhost', { app: 'agnhost' }, agnhost(['netexec'], container)));
  await runningPod(t, 'agnhost');
  await t.until('an endpoint', async () => {
    const { subsets } = await t.api.endpoints.get('agnhost').catch(() => ({ subsets: undefined }));
    return (subsets?.[0]?.addresses?.length ?? 0) > 0;
  });
}

function through(t: Trial, what: string, path: string, method = 'GET'): Promise<RawResponse> {
  return t.raw({ method, path: `/api/v1/namespaces/${t.namespace}/${what}/proxy${path}` });
}

const backends = ['pods/agnhost:8080', 'services/agnhost:portname'];

async function answers(t: Trial, what: string, path: string, method: string, wanted: string): Promise<void> {
  const response = await t.until(`${method} ${what}${path}`, async () => {
    const { status, text } = await through(t, what, path, method);
    return status === 200 && { text };
  });
  assert.deepEqual(JSON.parse(response.text), { method, path: wanted });
}

export const proxyRows: readonly Row[] = [
  containerRow('Proxy version v1 should proxy through a service and a pod', async t => {
    await backend(t);
    const { metadata } = await t.api.pods.get('agnhost');
    const ways = [
      'services/agnhost:portname',
      'services/http:agnhost:portname',
      'services/agnhost:80',
      'pods/agnhost:8080',
      'pods/http:agnhost:8080',
    ];
    for (const way of ways) {
      for (let i = 0; i < 5; i++) {
        const { status, text } = await through(t, way, '/hostname');
        assert.deepEqual([status, text], [200, metadata!.name], way);
      }
    }
    const { status } = await through(t, 'services/https:agnhost:portname', '/hostname');
    assert.ok(status >= 500, `TLS to a server without it was answered ${status}`);
    const echoed = await through(t, 'pods/agnhost:8080', '/echo?msg=some%20words');
    assert.equal(echoed.text, 'some words');
  }),

  containerRow(
    'Proxy version v1 A set of valid responses are returned for both pod and service ProxyWithPath',
    async t => {
      await backend(t);
      for (const what of backends) {
        for (const method of methods)
          await answers(t, what, '/some/path/with/it', method, '/some/path/with/it');
        const head = await through(t, what, '/some/path', 'HEAD');
        assert.deepEqual([head.status, head.text], [200, '']);
        const { text } = await through(t, what, '/hostname');
        assert.equal(text, 'agnhost');
      }
    },
  ),

  containerRow(
    'Proxy version v1 A set of valid responses are returned for both pod and service Proxy',
    async t => {
      await backend(t);
      for (const what of backends) {
        for (const method of methods) await answers(t, what, '', method, '/');
        const { status, headers } = await through(t, what, '');
        // A client that reads is sent to the folder, so that relative links in its page work.
        assert.deepEqual(
          [status, new URL(String(headers.location), 'https://x').pathname.endsWith('/proxy/')],
          [301, true],
        );
      }
    },
  ),
];
