import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet, StatefulSetSpec } from '../generated/types/apps.v1.ts';
import { createErrors, createWarnings, created, updateErrors } from '../testing.ts';
import { statefulSetResource } from './stateful-set.ts';

const statefulSet = (spec: Partial<StatefulSetSpec> = {}): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 's', namespace: 'default' },
  spec: {
    serviceName: 's',
    selector: { matchLabels: { app: 's' } },
    template: { metadata: { labels: { app: 's' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
    ...spec,
  },
});

test('defaults, also of its claims', () => {
  const claim = {
    apiVersion: '',
    kind: '',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const { spec, status } = created(statefulSetResource, statefulSet({ volumeClaimTemplates: [claim] }));
  assert.equal(spec?.podManagementPolicy, 'OrderedReady');
  assert.deepEqual(spec?.updateStrategy, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  assert.deepEqual(spec?.persistentVolumeClaimRetentionPolicy, {
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
  });
  const [made] = spec?.volumeClaimTemplates ?? [];
  assert.equal(
    `${made?.apiVersion} ${made?.kind} ${made?.spec?.volumeMode} ${made?.status?.phase}`,
    'v1 PersistentVolumeClaim Filesystem Pending',
  );
  assert.deepEqual(status, { replicas: 0, availableReplicas: 0 });
  assert.deepEqual(createErrors(statefulSetResource, statefulSet({ volumeClaimTemplates: [claim] })), []);
});

test('what its pods mount is a volume of the template or a claim of the set', () => {
  const { template } = statefulSet().spec!;
  const mounting = (name: string, volumes: object[] = []) => {
    const volumeMounts = [{ name, mountPath: '/data' }];
    const containers = [{ ...template.spec!.containers![0]!, volumeMounts }];
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const spec = { ...template.spec, containers, volumes } as typeof template.spec;
    const set = statefulSet({ volumeClaimTemplates: [claim], template: { ...template, spec } });
    return createErrors(statefulSetResource, set);
  };
  assert.deepEqual(mounting('data'), []);
  assert.deepEqual(mounting('data', [{ name: 'data', emptyDir: {} }]), []);
  assert.deepEqual(mounting('other', [{ name: 'other', emptyDir: {} }]), []);
  assert.match(
    mounting('data', [{ name: '' }])[0]!,
    /^spec\.template\.spec\.volumes\[1\]\.name: /,
    'claims come first',
  );
  assert.deepEqual(mounting('none'), [
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "none"',
  ]);
});

test('most of it never changes', () => {
  assert.deepEqual(updateErrors(statefulSetResource, statefulSet(), statefulSet({ replicas: 3 })), []);
  assert.deepEqual(updateErrors(statefulSetResource, statefulSet(), statefulSet({ serviceName: 'other' })), [
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ]);
});

test('a service has a name, but the one that was there before', () => {
  const named = (serviceName: string) => statefulSet({ serviceName });
  assert.match(
    createErrors(statefulSetResource, named('A.b'))[0]!,
    /^spec\.serviceName: Invalid value: "A\.b"/,
  );
  assert.deepEqual(createErrors(statefulSetResource, named('')), []);
  assert.deepEqual(updateErrors(statefulSetResource, named('A.b'), named('A.b')), []);
});

test('a negative limit of its history is warned of, with what its template is', () => {
  const template = (grace: number) => ({
    metadata: { labels: { app: 's' } },
    spec: { terminationGracePeriodSeconds: grace, containers: [{ name: 'c', image: 'i:1' }] },
  });
  const history =
    'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1500m' } } },
  };
  const odd = statefulSet({
    revisionHistoryLimit: -1,
    template: template(-1),
    volumeClaimTemplates: [claim],
  });
  const byteText = 'fractional byte value "1500m" is invalid, must be an integer';
  assert.deepEqual(createErrors(statefulSetResource, odd), []);
  assert.deepEqual(createWarnings(statefulSetResource, odd), [
    'spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    `spec.volumeClaimTemplates[0].resources.requests[storage]: ${byteText}`,
    history,
  ]);
  assert.deepEqual(statefulSetResource.strategy.warnings!(odd, odd), [
    `spec.volumeClaimTemplates[0].Spec.resources.requests[storage]: ${byteText}`,
    history,
  ]);
});

test('names of its pods are labels, and what cannot be read is refused in its own words', () => {
  assert.equal(statefulSetResource.strategy.nameRule, 'dns1123Label');
  const errors = (spec: Partial<StatefulSetSpec>) => createErrors(statefulSetResource, statefulSet(spec));
  assert.deepEqual(errors({ updateStrategy: { type: 'Never' } }), [
    `spec.updateStrategy: Invalid value: {"Type":"Never","RollingUpdate":null}: must be 'RollingUpdate' or 'OnDelete'`,
  ]);
  assert.deepEqual(errors({ updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }), [
    `spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy 'RollingUpdate'`,
  ]);
  assert.deepEqual(errors({ selector: { matchExpressions: [{ key: 'app', operator: 'Is' }] } }), [
    'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
    'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Is"}]}',
  ]);
});
