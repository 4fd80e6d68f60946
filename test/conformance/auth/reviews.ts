import assert from 'node:assert/strict';
import {
  AuthorizationV1Api,
  type V1ResourceAttributes,
  type V1SubjectAccessReviewSpec,
} from '@kubernetes/client-node';
import { row } from '../row.ts';

export const reviewRows = [
  row('SubjectReview should support SubjectReview API operations', async t => {
    await t.api.serviceAccounts.create({ metadata: { name: 'subject' } });
    const user = `system:serviceaccount:${t.namespace}:subject`;
    const groups = [
      'system:serviceaccounts',
      `system:serviceaccounts:${t.namespace}`,
      'system:authenticated',
    ];
    const resourceAttributes: V1ResourceAttributes = {
      verb: 'list',
      resource: 'configmaps',
      version: 'v1',
      namespace: t.namespace,
    };
    const spec: V1SubjectAccessReviewSpec = { user, groups, resourceAttributes };
    const api = t.config.makeApiClient(AuthorizationV1Api);
    const reviews = async () => {
      const everywhere = await api.createSubjectAccessReview({ body: { spec } });
      const here = await api.createNamespacedLocalSubjectAccessReview({
        namespace: t.namespace,
        body: { metadata: { namespace: t.namespace }, spec },
      });
      return [everywhere.status?.allowed, here.status?.allowed];
    };
    const practice = async () => {
      const { status } = await t.raw({
        path: t.api.configMaps.path,
        headers: { 'impersonate-user': user },
      });
      assert.ok(status === 200 || status === 403, `HTTP ${status}`);
      return status === 200;
    };
    assert.equal(await practice(), false);
    assert.deepEqual(await reviews(), [false, false]);
    await t.api.roleBindings.create({
      metadata: { name: 'view' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'subject', namespace: t.namespace }],
    });
    await t.until('the binding to count', practice);
    assert.deepEqual(await reviews(), [true, true]);
  }),
];
