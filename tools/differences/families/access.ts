import { type Family, answered, configMap, get, object, patch, post, put, refused, remove } from '../case.ts';

const maps = '/api/v1/namespaces/access/configmaps';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const jane = { 'impersonate-user': 'jane' };
const no = (verb: string, where = ' in the namespace "access"') =>
  `User "jane" cannot ${verb} resource "configmaps" in API group ""${where}`;
const role = (rules: object[]) => object('rbac.authorization.k8s.io/v1', 'Role', 'r', { rules });
const review = (kind: string, spec: object) => ({ apiVersion: 'authorization.k8s.io/v1', kind, spec });

/** Who may do what. */
export const accessFamily: Family = {
  title: 'Authentication and authorization',
  source:
    'apiserver endpoints/filters/{authentication,authorization,impersonation}.go, endpoints/handlers/responsewriters/errors.go, pkg/registry/rbac',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'access')),
    post(maps, configMap('a')),
    post(
      `${rbac}/namespaces/access/roles`,
      object('rbac.authorization.k8s.io/v1', 'Role', 'reader', {
        rules: [
          { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
          { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['create'] },
        ],
      }),
    ),
    post(
      `${rbac}/namespaces/access/rolebindings`,
      object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'reader', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' }],
      }),
    ),
  ],
  cases: [
    refused(
      'a token that is none',
      { ...get(maps, { authorization: 'Bearer x' }), anonymous: true },
      401,
      'Unauthorized',
      'Unauthorized',
    ),
    refused(
      'a password',
      { ...get(maps, { authorization: 'Basic YTpi' }), anonymous: true },
      401,
      'Unauthorized',
      'Unauthorized',
    ),
    refused(
      'nobody',
      { ...get(maps), anonymous: true },
      403,
      'Forbidden',
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "access"',
      {
        differs:
          'Anonymous requests are let through to health endpoints alone (the AuthenticationConfiguration that upstream advises), so others answer 401.',
      },
    ),
    answered('health, by nobody', { ...get('/healthz'), anonymous: true }, 200, { text: 'ok' }),
    refused('a list', get(maps, jane), 403, 'Forbidden', `configmaps is forbidden: ${no('list')}`, {
      details: { kind: 'configmaps', name: null },
    }),
    refused(
      'an object',
      get(`${maps}/a`, jane),
      403,
      'Forbidden',
      `configmaps "a" is forbidden: ${no('get')}`,
      { details: { kind: 'configmaps', name: 'a' } },
    ),
    refused(
      'a watch',
      get(`${maps}?watch=1`, jane),
      403,
      'Forbidden',
      `configmaps is forbidden: ${no('watch')}`,
    ),
    refused(
      'a creation',
      post(maps, configMap('x'), jane),
      403,
      'Forbidden',
      `configmaps is forbidden: ${no('create')}`,
    ),
    refused(
      'an update',
      put(`${maps}/a`, configMap('a'), jane),
      403,
      'Forbidden',
      `configmaps "a" is forbidden: ${no('update')}`,
    ),
    refused(
      'a deletion',
      remove(`${maps}/a`, undefined, jane),
      403,
      'Forbidden',
      `configmaps "a" is forbidden: ${no('delete')}`,
    ),
    refused(
      'a deletion of all',
      remove(maps, undefined, jane),
      403,
      'Forbidden',
      `configmaps is forbidden: ${no('deletecollection')}`,
    ),
    refused(
      'all namespaces',
      get('/api/v1/configmaps', jane),
      403,
      'Forbidden',
      `configmaps is forbidden: ${no('list', ' at the cluster scope')}`,
    ),
    refused(
      'a subresource',
      get('/api/v1/namespaces/access/pods/p/log', jane),
      403,
      'Forbidden',
      'pods "p" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "access"',
    ),
    refused(
      'a group',
      get('/apis/apps/v1/deployments', jane),
      403,
      'Forbidden',
      'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" at the cluster scope',
      { details: { group: 'apps', kind: 'deployments' } },
    ),
    refused(
      'a path',
      get('/metrics', jane),
      403,
      'Forbidden',
      'forbidden: User "jane" cannot get path "/metrics"',
      { details: { causes: null } },
    ),
    answered('discovery', get('/api', jane), 200, { body: { kind: 'APIVersions', versions: ['v1'] } }),
    answered('what a role grants', get(maps, { 'impersonate-user': 'bob' }), 200, {
      body: { kind: 'ConfigMapList' },
    }),
    refused(
      'an impersonation of nobody',
      get(maps, { 'impersonate-group': 'g' }),
      400,
      'BadRequest',
      /^requested .* without impersonating a user name$/,
    ),
    refused(
      'a role that grants more than its maker has',
      post(
        `${rbac}/namespaces/access/roles`,
        role([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]),
        { 'impersonate-user': 'bob' },
      ),
      403,
      'Forbidden',
      /^roles.rbac.authorization.k8s.io "r" is forbidden: user "bob" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get"\]\}$/,
    ),
    answered(
      'a review of oneself',
      post(
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        object('authentication.k8s.io/v1', 'SelfSubjectReview', ''),
        jane,
      ),
      201,
      {
        body: { status: { userInfo: { username: 'jane', groups: ['system:authenticated'] } } },
      },
    ),
    answered(
      'a review of what one may do',
      post(
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        review('SelfSubjectAccessReview', {
          resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'access' },
        }),
        jane,
      ),
      201,
      {
        body: { status: { allowed: false } },
      },
    ),
    refused(
      'a review of nothing',
      post(
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        review('SubjectAccessReview', { user: 'jane' }),
      ),
      422,
      'Invalid',
      /^\.authorization\.k8s\.io "" is invalid: spec\.resourceAttributes: Invalid value: .*: exactly one of nonResourceAttributes or resourceAttributes must be specified$/,
    ),
    refused(
      'a new role of a binding',
      patch(`${rbac}/namespaces/access/rolebindings/reader`, 'merge', { roleRef: { name: 'other' } }),
      422,
      'Invalid',
      'RoleBinding.rbac.authorization.k8s.io "reader" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"other"}: cannot change roleRef',
    ),
  ],
};
