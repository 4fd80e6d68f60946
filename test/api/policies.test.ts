import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type WireAnswer, WiredCluster } from './wire.ts';

const registration = '/apis/admissionregistration.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';

const configMapRule = (...operations: string[]) => ({
  resourceRules: [{ operations, apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
});

describe('admission policies', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
  });
  after(() => wired[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const kind of ['mutating', 'validating']) {
      await send('DELETE', `${registration}/${kind}admissionpolicies`);
      await send('DELETE', `${registration}/${kind}admissionpolicybindings`);
    }
    await send('DELETE', maps);
  });

  const send = (method: string, path: string, body?: unknown) =>
    wired.send({ method, path, ...(body === undefined ? {} : { body }) });

  async function ok(answer: Promise<WireAnswer>): Promise<WireAnswer> {
    const { status, text } = await answer;
    assert.ok(status < 300, `${status}: ${text}`);
    return answer;
  }

  async function bind(
    kind: 'validating' | 'mutating',
    name: string,
    spec: object,
    binding: object = kind === 'validating' ? { validationActions: ['Deny'] } : {},
  ): Promise<void> {
    await ok(send('POST', `${registration}/${kind}admissionpolicies`, { metadata: { name }, spec }));
    await ok(
      send('POST', `${registration}/${kind}admissionpolicybindings`, {
        metadata: { name: `${name}-binding` },
        spec: { policyName: name, ...binding },
      }),
    );
  }

  const create = (name: string, data: object = {}, metadata: object = {}) =>
    send('POST', maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data });

  async function refusedWith(answer: Promise<WireAnswer>, code: number, reason: string, message: string) {
    const { status, json } = await answer;
    assert.deepEqual([status, json.reason, json.message], [code, reason, message]);
  }

  test('a validation that does not hold denies, in its own words', async () => {
    await bind('validating', 'p', {
      matchConstraints: configMapRule('CREATE'),
      variables: [
        { name: 'size', expression: 'size(object.data)' },
        { name: 'big', expression: 'variables.size > 2' },
      ],
      validations: [
        { expression: '!variables.big', messageExpression: '"holds " + string(variables.size)' },
        { expression: 'object.metadata.name != "bad"', message: 'not bad', reason: 'Forbidden' },
        { expression: 'object.metadata.name != "worse"' },
      ],
    });
    const by = (name: string) =>
      `configmaps "${name}" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-binding' denied request: `;
    await ok(create('good', { a: '1' }));
    await refusedWith(create('big', { a: '1', b: '2', c: '3' }), 422, 'Invalid', `${by('big')}holds 3`);
    await refusedWith(create('bad', { a: '1' }), 403, 'Forbidden', `${by('bad')}not bad`);
    await refusedWith(
      create('worse', { a: '1' }),
      422,
      'Invalid',
      `${by('worse')}failed expression: object.metadata.name != "worse"`,
    );
    await refusedWith(
      create('none'),
      422,
      'Invalid',
      `${by('none')}expression '!variables.big' resulted in error: composited variable "big" fails to evaluate: composited variable "size" fails to evaluate: no such key: data`,
    );
  });

  test('parameters come by name and by selector', async () => {
    const spec = (name: string) => ({
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: configMapRule('CREATE'),
      matchConditions: [{ name: 'checked', expression: `object.metadata.name.startsWith("${name}")` }],
      validations: [
        { expression: 'object.data.n < params.data.max', messageExpression: '"below " + params.data.max' },
      ],
    });
    await ok(create('limit', { max: '5' }, { labels: { limit: 'yes' } }));
    await ok(create('lower', { max: '3' }, { labels: { limit: 'yes' } }));
    await bind('validating', 'named', spec('named'), {
      validationActions: ['Deny'],
      paramRef: { name: 'limit', namespace: 'default', parameterNotFoundAction: 'Deny' },
    });
    await bind('validating', 'selected', spec('selected'), {
      validationActions: ['Deny'],
      paramRef: { selector: { matchLabels: { limit: 'yes' } }, parameterNotFoundAction: 'Deny' },
    });
    await bind('validating', 'missing', spec('missing'), {
      validationActions: ['Deny'],
      paramRef: { name: 'none', parameterNotFoundAction: 'Deny' },
    });
    await refusedWith(
      create('x', { n: '1' }),
      422,
      'Invalid',
      `configmaps "x" is forbidden: ValidatingAdmissionPolicy 'missing' with binding 'missing-binding' denied request: failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`,
    );
    await send('DELETE', `${registration}/validatingadmissionpolicies/missing`);
    await ok(create('named-4', { n: '4' }));
    assert.match((await create('named-6', { n: '6' })).text, /denied request: below 5/);
    assert.match((await create('selected-4', { n: '4' })).text, /denied request: below 3/);
    await ok(create('selected-2', { n: '2' }));
  });

  test('a binding may warn instead, and narrow what the policy matches', async () => {
    const spec = {
      matchConstraints: configMapRule('CREATE', 'UPDATE'),
      validations: [{ expression: 'false', message: 'never' }],
    };
    await bind('validating', 'p', spec, {
      validationActions: ['Warn', 'Audit'],
      matchResources: { objectSelector: { matchLabels: { checked: 'yes' } } },
    });
    assert.equal((await ok(create('free'))).headers.warning, undefined);
    const warned = await ok(create('checked', {}, { labels: { checked: 'yes' } }));
    assert.equal(
      warned.headers.warning,
      `299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-binding': never"`,
    );
    const { text } = await send('GET', '/metrics');
    assert.match(
      text,
      /apiserver_validating_admission_policy_check_total\{enforcement_action="warn",error_type="invalid_error",policy="p",policy_binding="p-binding"\} 1/,
    );
  });

  test('a binding that cannot be configured leaves the others at work', async () => {
    await bind(
      'validating',
      'p',
      {
        failurePolicy: 'Ignore',
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: configMapRule('CREATE'),
        validations: [{ expression: 'false', message: 'never' }],
      },
      {
        validationActions: ['Deny'],
        paramRef: { name: 'none', namespace: 'default', parameterNotFoundAction: 'Deny' },
      },
    );
    await ok(create('passes'));
    await ok(
      send('POST', `${registration}/validatingadmissionpolicybindings`, {
        metadata: { name: 'q' },
        spec: { policyName: 'p', validationActions: ['Deny'] },
      }),
    );
    await refusedWith(
      create('stopped'),
      422,
      'Invalid',
      `configmaps "stopped" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'q' denied request: never`,
    );
  });

  test('a failure policy decides over expressions that fail', async () => {
    const spec = (failurePolicy: string) => ({
      failurePolicy,
      matchConstraints: configMapRule('CREATE'),
      validations: [{ expression: 'object.data.missing == "x"' }],
    });
    await bind('validating', 'ignoring', spec('Ignore'));
    await ok(create('a', { b: 'c' }));
    await bind('validating', 'failing', spec('Fail'));
    assert.match(
      (await create('b', { b: 'c' })).text,
      /expression 'object\.data\.missing == \\"x\\"' resulted in error: no such key: missing/,
    );
  });

  test('expressions see the request, the namespace, and what the user may do', async () => {
    await bind('validating', 'p', {
      matchConstraints: configMapRule('CREATE', 'DELETE'),
      validations: [
        { expression: 'request.namespace == "default" && request.userInfo.groups.size() > 0' },
        { expression: 'namespaceObject.metadata.name == "default"' },
        {
          expression: 'authorizer.group("").resource("pods").namespace("default").check("create").allowed()',
        },
        { expression: 'request.operation != "DELETE" || oldObject.data.keep != "yes"', message: 'kept' },
        { expression: 'request.options.?dryRun.hasValue() == request.dryRun' },
      ],
    });
    await ok(create('a', { keep: 'yes' }));
    await ok(create('b', { keep: 'no' }));
    assert.match((await send('DELETE', `${maps}/a`)).text, /denied request: kept/);
    await ok(send('DELETE', `${maps}/b`));
    await send('DELETE', `${registration}/validatingadmissionpolicies`);
  });

  test('messages and annotations know no rights, by way of a variable neither', async () => {
    const may = 'authorizer.group("").resource("pods").namespace("default").check("create").allowed()';
    const spec = {
      matchConstraints: configMapRule('CREATE'),
      variables: [{ name: 'may', expression: may }],
      validations: [
        {
          expression: '!variables.may',
          messageExpression: '"may: " + string(variables.may)',
          message: 'fixed',
        },
      ],
    };
    await bind('validating', 'p', spec);
    assert.match((await create('a')).text, /denied request: fixed/);
    await send('DELETE', `${registration}/validatingadmissionpolicies/p`);
    const annotation = { key: 'may', valueExpression: 'string(variables.may)' };
    await bind('validating', 'q', { ...spec, validations: [], auditAnnotations: [annotation] });
    await refusedWith(
      create('b'),
      422,
      'Invalid',
      `configmaps "b" is forbidden: ValidatingAdmissionPolicy 'q' with binding 'q-binding' denied request: expression 'string(variables.may)' resulted in error: composited variable "may" fails to evaluate: no such attribute(s): authorizer`,
    );
  });

  test('match conditions see the resource that was asked for, and must all be affordable', async () => {
    const events = {
      operations: ['CREATE'],
      apiGroups: ['events.k8s.io'],
      apiVersions: ['v1'],
      resources: ['events'],
    };
    const see = 'request.resource.group + "/" + request.kind.group + "/" + request.requestResource.group';
    await bind('validating', 'p', {
      matchConstraints: { resourceRules: [events] },
      matchConditions: [{ name: 'asked', expression: `${see} == "/events.k8s.io/"` }],
      validations: [{ expression: 'false', messageExpression: see }],
    });
    const involvedObject = { kind: 'ConfigMap', name: 'a', namespace: 'default' };
    const event = { metadata: { name: 'e' }, involvedObject };
    assert.match(
      (await send('POST', '/api/v1/namespaces/default/events', event)).text,
      /denied request: events\.k8s\.io\/events\.k8s\.io\/"/,
    );
    const check = 'authorizer.group("").resource("pods").check("create").allowed()';
    const dear = Array.from({ length: 8 }, (_, i) => ({ name: `c${i}`, expression: `${check} && ${check}` }));
    await bind('validating', 'q', {
      matchConstraints: configMapRule('CREATE'),
      matchConditions: [{ name: 'never', expression: 'false' }, ...dear],
      validations: [{ expression: 'true' }],
    });
    assert.match(
      (await create('a')).text,
      /denied request: validation failed due to running out of cost budget/,
    );
    const { text } = await send('GET', '/metrics');
    const labels = 'kind="policy",name="q",operation="CREATE",type="validate"';
    assert.ok(text.includes(`apiserver_admission_match_condition_evaluation_seconds_count{${labels}} 1`));
    const checks = 'apiserver_validating_admission_policy_check_total';
    const of = 'enforcement_action="deny",error_type="out_of_budget",policy="q",policy_binding="q-binding"';
    assert.ok(text.includes(`${checks}{${of}} 1`));
  });

  test('all messages share what the validations leave of the budget', async () => {
    const check = 'variables.list.all(a, variables.list.all(b, a + b > -1))';
    const dear = Array.from({ length: 12 }, () => ({
      expression: 'true',
      messageExpression: `${check} ? "a" : "b"`,
    }));
    const numbers = Array.from({ length: 430 }, (_, i) => i).join();
    await bind('validating', 'p', {
      matchConstraints: configMapRule('CREATE'),
      variables: [{ name: 'list', expression: `[${numbers}]` }],
      validations: [...dear, { expression: 'object.metadata.name == "good"', message: 'never' }],
    });
    await ok(create('good'));
    assert.match(
      (await create('bad')).text,
      /denied request: failed messageExpression: validation failed due to running out of cost budget/,
    );
  });

  test('policies that cannot be are refused with their reasons', async () => {
    const refused = async (kind: string, spec: object, pattern: RegExp) => {
      const answer = await send('POST', `${registration}/${kind}admissionpolicies`, {
        metadata: { name: 'p' },
        spec,
      });
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.json.message!, pattern);
    };
    const matchConstraints = configMapRule('CREATE');
    const validations = (expression: string) => ({ matchConstraints, validations: [{ expression }] });
    await refused(
      'validating',
      validations('object.'),
      /spec\.validations\[0\]\.expression: Invalid value: "object\.": compilation failed: ERROR: <input>:1:8/,
    );
    await refused(
      'validating',
      validations("double('x') == 1.0"),
      /spec\.validations\[0\]\.expression: Internal error: program instantiation failed: type conversion error from 'string' to 'double'/,
    );
    await refused('validating', validations('1 + 1'), /must evaluate to bool but got int/);
    await refused('validating', validations('params.x == 1'), /undeclared reference to 'params'/);
    await refused(
      'validating',
      {
        ...validations('variables.a'),
        variables: [
          { name: 'a', expression: 'variables.b' },
          { name: 'in', expression: '1' },
        ],
      },
      /spec\.variables\[1\]\.name: Invalid value: "in": must be a valid CEL identifier/,
    );
    await refused(
      'mutating',
      {
        matchConstraints,
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '"x"' } }],
      },
      /spec\.mutations\[0\]\.jsonPatch\.expression: Invalid value: "\\"x\\"": must evaluate to list\(JSONPatch\) but got string/,
    );
  });

  const mutating = (mutations: object[], more: object = {}) => ({
    matchConstraints: configMapRule('CREATE'),
    reinvocationPolicy: 'Never',
    mutations,
    ...more,
  });
  const apply = (expression: string) => ({
    patchType: 'ApplyConfiguration',
    applyConfiguration: { expression },
  });
  const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

  test('mutations merge as apply does, or patch', async () => {
    await bind(
      'mutating',
      'm',
      mutating(
        [
          apply('Object{metadata: Object.metadata{labels: {"applied": variables.name}}}'),
          patch(
            '[JSONPatch{op: "add", path: "/data/" + jsonpatch.escapeKey("a/b"), value: object.metadata.labels.applied}]',
          ),
          patch(
            '[JSONPatch{op: "test", path: "/data/a", value: "other"}, JSONPatch{op: "remove", path: "/data/a"}]',
          ),
        ],
        { variables: [{ name: 'name', expression: 'object.metadata.name + "-x"' }] },
      ),
    );
    const made = await create('a', { a: '1' }, { labels: { own: 'yes' } });
    assert.equal(made.status, 422, 'a slash is no key of a ConfigMap');
    await send('DELETE', `${registration}/mutatingadmissionpolicies`);
    await send('DELETE', `${registration}/mutatingadmissionpolicybindings`);
    await bind(
      'mutating',
      'm',
      mutating([
        apply('Object{metadata: Object.metadata{labels: {"applied": object.metadata.name}}}'),
        patch('[JSONPatch{op: "add", path: "/data/b", value: object.metadata.labels.applied}]'),
        patch(
          '[JSONPatch{op: "test", path: "/data/a", value: "other"}, JSONPatch{op: "remove", path: "/data/a"}]',
        ),
      ]),
    );
    const { json } = await ok(create('a', { a: '1' }, { labels: { own: 'yes' } }));
    assert.deepEqual(json.data, { a: '1', b: 'a' });
    assert.deepEqual((json.metadata as { labels: unknown }).labels, { own: 'yes', applied: 'a' });
  });

  test('a policy is asked again where it wants to be', async () => {
    const count = 'has(object.data.a) ? string(int(object.data.a) + 1) : "1"';
    const counting = mutating([patch(`[JSONPatch{op: "add", path: "/data/a", value: ${count}}]`)], {
      reinvocationPolicy: 'IfNeeded',
    });
    await bind('mutating', 'a', counting);
    await bind('mutating', 'b', mutating([patch('[JSONPatch{op: "add", path: "/data/b", value: "x"}]')]));
    const { json } = await ok(create('again', { own: 'x' }));
    assert.deepEqual(json.data, { own: 'x', a: '2', b: 'x' });
    // Though no other changed anything after it.
    await send('DELETE', `${registration}/mutatingadmissionpolicies/b`);
    assert.deepEqual((await ok(create('alone', { own: 'x' }))).json.data, { own: 'x', a: '2' });
  });

  test('a patched object has the fields of its type', async () => {
    await bind('mutating', 'm', mutating([patch('[JSONPatch{op: "add", path: "/other", value: "x"}]')]));
    await refusedWith(
      create('x'),
      500,
      'InternalError',
      'Internal error occurred: strict decoding error: unknown field "other"',
    );
  });

  test('questions about rights are no matter of policies', async () => {
    const resourceRules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }];
    await bind('validating', 'p', {
      matchConstraints: { resourceRules },
      validations: [{ expression: 'false' }],
    });
    const review = { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } };
    await ok(send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review));
    assert.equal((await create('x')).status, 422);
  });

  test('policies judge the configurations of webhooks, and no policies', async () => {
    const rule = { operations: ['CREATE'], apiGroups: ['admissionregistration.k8s.io'], apiVersions: ['*'] };
    await bind('validating', 'none', {
      matchConstraints: { resourceRules: [{ ...rule, resources: ['*'] }] },
      validations: [{ expression: 'false', message: 'no more of these' }],
    });
    for (const kind of ['Validating', 'Mutating']) {
      const resource = `${kind.toLowerCase()}webhookconfigurations`;
      await refusedWith(
        send('POST', `${registration}/${resource}`, { metadata: { name: 'w' }, webhooks: [] }),
        422,
        'Invalid',
        `${resource}.admissionregistration.k8s.io "w" is forbidden: ValidatingAdmissionPolicy 'none' with binding 'none-binding' denied request: no more of these`,
      );
    }
    await bind('validating', 'another', {
      matchConstraints: configMapRule('CREATE'),
      validations: [{ expression: 'true' }],
    });
  });

  test('what cannot be merged is told', async () => {
    const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['services'] }];
    await bind(
      'mutating',
      'm',
      mutating([apply('Object{spec: Object.spec{externalIPs: ["10.1.1.1"], selector: {"a": "b"}}}')], {
        matchConstraints: { resourceRules: rules },
      }),
    );
    const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } };
    const refused = await send('POST', '/api/v1/namespaces/default/services', service);
    assert.deepEqual(
      [refused.status, refused.json.reason, refused.json.message],
      [
        403,
        'Invalid',
        "policy 'm' with binding 'm-binding' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.externalIPs, .spec.selector",
      ],
    );
    await send('DELETE', `${registration}/mutatingadmissionpolicies`);
    await send('DELETE', `${registration}/mutatingadmissionpolicybindings`);
    const wrong = apply('Object{metadata: Object.spec{labels: {"a": "b"}}}');
    await bind('mutating', 'm', mutating([wrong]));
    assert.match(
      (await create('x')).json.message!,
      /type mismatch: unexpected type name "Object\.spec", expected "Object\.metadata"/,
    );
  });
});
