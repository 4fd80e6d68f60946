import type { CliContext } from '../../core/context.ts';
import type { Flag } from '../../core/flags.ts';
import { CliError } from '../../errors.ts';
import { defineGenerator } from './generator.ts';

const subjectFlags: readonly Flag[] = [
  { name: 'user', type: 'array', help: 'Usernames to bind to the role.' },
  { name: 'group', type: 'array', help: 'Groups to bind to the role.' },
  {
    name: 'serviceaccount',
    type: 'array',
    help: 'Service accounts to bind to the role, in the format <namespace>:<name>.',
  },
  { name: 'clusterrole', type: 'string', help: 'ClusterRole this binding should reference' },
];

const apiGroup = 'rbac.authorization.k8s.io';

function subjectsOf(context: CliContext): unknown[] {
  const { flags } = context;
  return [
    ...flags.list('user').map(name => ({ kind: 'User', apiGroup, name })),
    ...flags.list('group').map(name => ({ kind: 'Group', apiGroup, name })),
    ...flags.list('serviceaccount').map(text => {
      const [namespace, name, ...rest] = text.split(':');
      if (!namespace || !name || rest.length > 0)
        throw new CliError('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', namespace, name };
    }),
  ];
}

function withSubjects(context: CliContext): { subjects?: unknown[] } {
  const subjects = subjectsOf(context);
  return subjects.length > 0 ? { subjects } : {};
}

export const createRoleBinding = defineGenerator({
  name: 'rolebinding',
  usage:
    'NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:name]',
  summary: 'Create a role binding for a particular role or cluster role.',
  failure: 'failed to create rolebinding:',
  flags: [...subjectFlags, { name: 'role', type: 'string', help: 'Role this RoleBinding should reference' }],
  build: (context, name) => {
    const role = context.flags.string('role');
    const clusterRole = context.flags.string('clusterrole');
    if ((role === '') === (clusterRole === ''))
      throw new CliError('exactly one of clusterrole or role must be specified');
    const roleRef = { apiGroup, kind: role ? 'Role' : 'ClusterRole', name: role || clusterRole };
    return {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      ...withSubjects(context),
      roleRef,
    };
  },
});

export const createClusterRoleBinding = defineGenerator({
  name: 'clusterrolebinding',
  usage: 'NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:name]',
  summary: 'Create a cluster role binding for a particular cluster role.',
  failure: 'failed to create clusterrolebinding:',
  clusterScoped: true,
  flags: subjectFlags,
  build: (context, name) => {
    const clusterRole = context.flags.string('clusterrole');
    if (clusterRole === '') throw new CliError('clusterrole must be specified');
    const roleRef = { apiGroup, kind: 'ClusterRole', name: clusterRole };
    return {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      ...withSubjects(context),
      roleRef,
    };
  },
});
