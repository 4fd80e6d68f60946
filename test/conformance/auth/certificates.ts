import { requestPem } from '#api/certificates/certificate-signing-request/testing.ts';
import assert from 'node:assert/strict';
import { checkOperations } from '../operations.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';

/** The approval subresource takes a condition that the object itself does not. */
async function checkApproval(t: Trial, request: string): Promise<void> {
  const name = t.name('approve');
  const { certificateSigningRequests: requests } = t.api;
  await requests.create({
    metadata: { name },
    spec: { request, signerName: 'example.com/e2e', usages: ['digital signature'] },
  });
  t.defer(() => requests.delete(name));
  const condition = { type: 'Approved', status: 'True', reason: 'E2E', message: 'Set from an e2e test' };
  const approve = (path: string) =>
    t.raw({
      method: 'PATCH',
      path,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ status: { conditions: [condition] } }),
    });
  const isApproved = async () =>
    (await requests.get(name)).status?.conditions?.some(c => c.type === 'Approved') === true;
  await approve(`${requests.path}/${name}`);
  assert.equal(await isApproved(), false);
  const approved = await approve(`${requests.path}/${name}/approval`);
  assert.equal(approved.status, 200, approved.text);
  assert.equal(await isApproved(), true);
}

export const certificateRows = [
  row('Certificates API should support CSR API operations', async t => {
    const request = Buffer.from(requestPem).toString('base64');
    const lastTransitionTime = '2030-01-01T00:00:00.000Z';
    await checkOperations(t, {
      resource: t.api.certificateSigningRequests,
      make: name => ({
        metadata: { name },
        spec: { request, signerName: 'example.com/e2e', usages: ['digital signature', 'server auth'] },
      }),
      subresources: ['approval', 'status'],
      status: { conditions: [{ type: 'Custom', status: 'True', reason: 'E2E', lastTransitionTime }] },
    });
    await checkApproval(t, request);
  }),
];
