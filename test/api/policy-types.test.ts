import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { ok } from './hooked-cluster.ts';
import { WiredCluster } from './wire.ts';

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';

describe("the types of policies' expressions", () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
  });
  after(() => wired[Symbol.asyncDispose]());
  afterEach(async () => {
    await send('DELETE', policies);
  });

  const send = (method: string, path: string, body?: unknown) =>
    wired.send({ method, path, ...(body === undefined ? {} : { body }) });

  /** What the status of a new policy warns of. */
  async function doubtsOf(name: string, spec: object): Promise<{ fieldRef: string; warning: string }[]> {
    await ok(send('POST', policies, { metadata: { name }, spec }));
    const deadline = Date.now() + 10_000;
    for (;;) {
      const { json } = await send('GET', `${policies}/${name}`);
      const status = json.status as unknown as {
        observedGeneration?: number;
        typeChecking?: { expressionWarnings?: { fieldRef: string; warning: string }[] };
      };
      if (status.observedGeneration === 1) return status.typeChecking?.expressionWarnings ?? [];
      assert.ok(Date.now() < deadline);
    }
  }

  test('the status tells what the types of the matched kinds make doubtful', async () => {
    const spec = {
      matchConstraints: {
        resourceRules: [
          {
            operations: ['*'],
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            resources: ['deployments', 'replicasets'],
          },
        ],
      },
      variables: [
        { name: 'template', expression: 'object.spec.template' },
        { name: 'ofPods', expression: 'object.spec.containers' },
        { name: 'containers', expression: 'object.spec.template.spec.containers' },
      ],
      validations: [
        { expression: 'object.spec.replicas < 5 && object.metadata.namespace != "x"' },
        { expression: 'object.spec.strategi.type == "Recreate"' },
        { expression: 'object.spec.paused == false' },
        { expression: 'object.spec.replicas == "five"' },
        // A variable is of any type where its expression is doubtful itself, and so are the objects in its list.
        { expression: 'variables.ofPods.all(c, c.name != "") && variables.containers.all(c, c.nope == 1)' },
      ],
    };
    const warnings = await doubtsOf('typed', spec);
    assert.deepEqual(
      warnings.map(({ fieldRef }) => fieldRef),
      ['spec.validations[1].expression', 'spec.validations[2].expression', 'spec.validations[3].expression'],
    );
    assert.match(
      warnings[0]!.warning,
      /^apps\/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'strategi'/,
    );
    assert.match(warnings[0]!.warning, /apps\/v1, Kind=ReplicaSet: ERROR/);
    assert.match(
      warnings[1]!.warning,
      /^apps\/v1, Kind=ReplicaSet: ERROR: <input>:1:12: undefined field 'paused'/,
    );
    assert.match(warnings[2]!.warning, /found no matching overload for '_==_' applied to '\(int, string\)'/);
  });

  test('what OpenAPI gives no type to is doubtful, as is the resource of a request', async () => {
    const pods = {
      operations: ['*'],
      apiGroups: [''],
      apiVersions: ['v1'],
      resources: ['Pod', 'pods/status'],
    };
    const revisions = { ...pods, apiGroups: ['apps'], resources: ['controllerrevisions'] };
    const doubts = async (name: string, rule: object, ...expressions: string[]) => {
      const validations = expressions.map(expression => ({ expression }));
      const warnings = await doubtsOf(name, { matchConstraints: { resourceRules: [rule] }, validations });
      return warnings.map(({ warning }) => warning.split('\n')[0]);
    };
    assert.deepEqual(
      await doubts(
        'quantities',
        pods,
        'object.spec.containers.all(c, !has(c.resources.limits))',
        'authorizer.requestResource.check("create").allowed()',
        'object.spec.containers.all(c, !has(c.livenessProbe.httpGet.port))',
        'object.metadata.creationTimestamp < timestamp("2026-01-01T00:00:00Z")',
      ),
      [
        "/v1, Kind=Pod: ERROR: <input>:1:35: undefined field 'limits'",
        "/v1, Kind=Pod: ERROR: <input>:1:11: unexpected failed resolution of 'kubernetes.authorization.Authorizer'",
      ],
    );
    assert.deepEqual(await doubts('raw', revisions, 'object.data.a == 1'), [
      "apps/v1, Kind=ControllerRevision: ERROR: <input>:1:12: undefined field 'a'",
    ]);
  });

  test('ten kinds of a rule are looked at, and no group is any group', async () => {
    const kindsOf = async (name: string, ...rules: object[]) => {
      const [doubt] = await doubtsOf(name, {
        matchConstraints: {
          resourceRules: rules.map(rule => ({ operations: ['*'], apiVersions: ['v1'], ...rule })),
        },
        validations: [{ expression: 'object.nothing == 1' }],
      });
      return Array.from(
        doubt!.warning.matchAll(/^(\S*)\/v1, Kind=(\w+)/gm),
        ([, group, kind]) => `${group}/${kind}`,
      );
    };
    assert.deepEqual(await kindsOf('events', { apiGroups: [''], resources: ['events'] }), [
      '/Event',
      'events.k8s.io/Event',
    ]);
    const core = 'configmaps endpoints limitranges namespaces nodes pods podtemplates secrets services'.split(
      ' ',
    );
    const nine = await kindsOf(
      'nine',
      { apiGroups: [''], resources: core },
      { apiGroups: ['apps'], resources: ['deployments'] },
    );
    assert.equal(nine.length, 10);
    const more = [...core, 'serviceaccounts', 'replicationcontrollers'];
    const ten = await kindsOf(
      'ten',
      { apiGroups: [''], resources: more },
      { apiGroups: ['apps'], resources: ['deployments'] },
    );
    assert.deepEqual(
      [ten.length, ten.includes('apps/Deployment'), ten.includes('/Service')],
      [10, false, false],
    );
  });

  test('the types of custom resources are those that their definition states', async () => {
    const text = (format: string) => ({ type: 'string', format });
    const spec = {
      type: 'object',
      properties: {
        at: text('date-time'),
        on: text('date'),
        for: text('duration'),
        raw: text('byte'),
        note: text('uri'),
      },
    };
    await ok(
      send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
        metadata: { name: 'alarms.example.com' },
        spec: {
          group: 'example.com',
          scope: 'Namespaced',
          names: { plural: 'alarms', kind: 'Alarm' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
            },
          ],
        },
      }),
    );
    const warnings = await doubtsOf('custom', {
      matchConstraints: {
        resourceRules: [
          { operations: ['*'], apiGroups: ['example.com'], apiVersions: ['v1'], resources: ['alarms'] },
        ],
      },
      validations: [
        {
          expression: 'object.spec.at > timestamp("2026-01-01T00:00:00Z") && object.spec.on < object.spec.at',
        },
        {
          expression:
            'object.spec.__for__ < duration("1h") && object.spec.raw != b"x" && object.spec.note != "x"',
        },
        { expression: 'object.spec.at == "now"' },
      ],
    });
    assert.deepEqual(
      warnings.map(({ fieldRef }) => fieldRef),
      ['spec.validations[2].expression'],
    );
    assert.match(warnings[0]!.warning, /'\(timestamp, string\)'/);
  });
});
