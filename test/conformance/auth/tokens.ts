import assert from 'node:assert/strict';
import { AuthenticationV1Api } from '@kubernetes/client-node';
import { agnhost, containerRow, outputOf, script, shell } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import { pod, runningPod } from '../workloads.ts';

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';

const projected = (path: string) => ({
  name: 'token',
  projected: {
    sources: [{ serviceAccountToken: { path, expirationSeconds: 7_200, audience: 'oidc-test' } }],
  },
});

export const tokenRows: readonly Row[] = [
  containerRow('ServiceAccounts should mount an API token into pods', async t => {
    await t.api.serviceAccounts.create({ metadata: { name: 'mount-test' } });
    await t.api.pods.create(pod('p', {}, { ...agnhost(['pause']), serviceAccountName: 'mount-test' }));
    await runningPod(t, 'p');
    const token = await shell(t, 'p', `cat ${folder}/token`);
    const review = await t.config
      .makeApiClient(AuthenticationV1Api)
      .createTokenReview({ body: { spec: { token } } });
    assert.equal(review.status!.authenticated, true);
    assert.equal(review.status!.user!.username, `system:serviceaccount:${t.namespace}:mount-test`);
    const groups = [
      'system:authenticated',
      'system:serviceaccounts',
      `system:serviceaccounts:${t.namespace}`,
    ];
    assert.deepEqual([...review.status!.user!.groups!].sort(), groups);
    assert.equal(await shell(t, 'p', `cat ${folder}/namespace`), t.namespace);
    const root = await t.api.configMaps.get('kube-root-ca.crt');
    assert.equal(await shell(t, 'p', `cat ${folder}/ca.crt`), root.data!['ca.crt']);
  }),

  containerRow('ServiceAccounts should mount projected service account token', async t => {
    const mountPath = '/var/run/secrets/tokens';
    const output = await outputOf(
      t,
      script(
        `stat -Lc %a ${mountPath}/test_token; cat ${mountPath}/test_token`,
        { volumeMounts: [{ name: 'token', mountPath }] },
        { volumes: [projected('test_token')] },
      ),
    );
    const [mode, token] = output.split('\n');
    assert.match(mode!, /^6[04][04]$/);
    const claims = JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString()) as {
      aud: string[];
      sub: string;
    };
    assert.deepEqual(claims.aud, ['oidc-test']);
    assert.equal(claims.sub, `system:serviceaccount:${t.namespace}:default`);
  }),

  containerRow(
    'ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer',
    async t => {
      const mountPath = '/var/run/secrets/tokens';
      const volumeMounts = [{ name: 'token', mountPath }];
      const spec = agnhost(
        ['issuer', `${mountPath}/sa-token`],
        { volumeMounts },
        { restartPolicy: 'Never', volumes: [projected('sa-token')] },
      );
      assert.equal(await outputOf(t, spec), `verified: system:serviceaccount:${t.namespace}:default\n`);
    },
  ),
];
