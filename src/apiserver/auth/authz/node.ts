import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import type { Attributes, Authorizer, Decision } from '../../identity.ts';
import type { NodeGraph, RelatedKind } from './node-graph.ts';
import { nodeNameOf } from './node-identity.ts';
import { ruleAllows } from '#api/rbac-rules.ts';

const allow: Decision = { decision: 'allow', reason: '' };
const none = (reason = ''): Decision => ({ decision: 'none', reason });

type Rule = (node: string, asked: Attributes, graph: NodeGraph) => Decision;

const readVerbs = ['get', 'list', 'watch'];
const ownVerbs = ['get', 'create', 'update', 'patch', 'delete'];

function related(kind: RelatedKind, node: string, asked: Attributes, graph: NodeGraph): Decision {
  if (asked.name === '') return none('No Object name found');
  if (graph.relates(node, kind, asked.namespace, asked.name)) return allow;
  return none(`no relationship found between node '${node}' and this object`);
}

function readNamespaced(kind: RelatedKind): Rule {
  return (node, asked, graph) => {
    if (!readVerbs.includes(asked.verb)) return none('can only read resources of this type');
    if (asked.subresource) return none('cannot read subresource');
    if (!asked.namespace) return none('can only read namespaced object of this type');
    return related(kind, node, asked, graph);
  };
}

function getOne(kind: RelatedKind): Rule {
  return (node, asked, graph) => {
    if (asked.verb !== 'get') return none('can only get individual resources of this type');
    if (asked.subresource) return none('cannot get subresource');
    return related(kind, node, asked, graph);
  };
}

/** Does the field selector pin `field` down to `value`? */
function selects(asked: Attributes, field: string, value: string): boolean {
  const terms = (asked.fieldSelector ?? '').split(',');
  return terms.some(term => term === `${field}=${value}` || term === `${field}==${value}`);
}

const claims: Rule = (node, asked, graph) => {
  if (asked.subresource !== 'status') return getOne('persistentvolumeclaims')(node, asked, graph);
  if (asked.verb !== 'update' && asked.verb !== 'patch') return none('can only get/update/patch this type');
  return related('persistentvolumeclaims', node, asked, graph);
};

const serviceAccounts: Rule = (node, asked, graph) => {
  if (asked.verb === 'get' && !asked.subresource)
    return readNamespaced('serviceaccounts')(node, asked, graph);
  if (asked.verb !== 'create' || asked.name === '') {
    return none('can only create tokens for individual service accounts');
  }
  if (asked.subresource !== 'token') return none('can only create token subresource of serviceaccount');
  return related('serviceaccounts', node, asked, graph);
};

// Whether a created object has the right name is NodeRestriction's to say, which sees the object.
const leases: Rule = (node, asked) => {
  if (!ownVerbs.includes(asked.verb)) {
    return none('can only get, create, update, patch, or delete a node lease');
  }
  if (asked.namespace !== 'kube-node-lease') {
    return none('can only access leases in the "kube-node-lease" system namespace');
  }
  if (asked.verb !== 'create' && asked.name !== node) {
    return none('can only access node lease with the same name as the requesting node');
  }
  return allow;
};

const csiNodes: Rule = (node, asked) => {
  if (!ownVerbs.includes(asked.verb)) return none('can only get, create, update, patch, or delete a CSINode');
  if (asked.subresource) return none('cannot authorize CSINode subresources');
  if (asked.verb !== 'create' && asked.name !== node) {
    return none('can only access CSINode with the same name as the requesting node');
  }
  return allow;
};

const resourceSlices: Rule = (node, asked, graph) => {
  if (asked.subresource) return none('cannot authorize ResourceSlice subresources');
  if (asked.verb === 'create') return allow;
  if (ownVerbs.includes(asked.verb)) return related('resourceslices', node, asked, graph);
  if (!['watch', 'list', 'deletecollection'].includes(asked.verb)) {
    return none(
      'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
    );
  }
  if (selects(asked, 'spec.nodeName', node) || selects(asked, 'nodeName', node)) return allow;
  return none('can only list/watch/deletecollection resourceslices with nodeName field selector');
};

// Which node or pod is written is NodeRestriction's to check.
const nodes: Rule = (node, { verb, subresource, name }) => {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : none();
  if (subresource) return none();
  if (['create', 'update', 'patch'].includes(verb)) return allow;
  if (!readVerbs.includes(verb)) return none();
  if (name === node) return allow;
  if (name === '') return none(`node '${node}' cannot read all nodes, only its own Node object`);
  return none(`node '${node}' cannot read '${name}', only its own Node object`);
};

const pods: Rule = (node, asked, graph) => {
  const { verb, subresource } = asked;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : none();
  if (subresource === 'eviction') return verb === 'create' ? allow : none();
  if (subresource) return none();
  if (verb === 'get') return related('pods', node, asked, graph);
  if (verb === 'create' || verb === 'delete') return allow;
  if (verb !== 'list' && verb !== 'watch') return none();
  if (selects(asked, 'spec.nodeName', node)) return allow;
  if (asked.name) return related('pods', node, asked, graph);
  return none('can only list/watch pods with spec.nodeName field selector');
};

/** By 'group/resource'. What is not here falls to the rules that all nodes share. */
const rules: Readonly<Record<string, Rule>> = {
  '/configmaps': readNamespaced('configmaps'),
  '/nodes': nodes,
  '/persistentvolumeclaims': claims,
  '/persistentvolumes': getOne('persistentvolumes'),
  '/pods': pods,
  '/secrets': readNamespaced('secrets'),
  '/serviceaccounts': serviceAccounts,
  'coordination.k8s.io/leases': leases,
  'resource.k8s.io/resourceclaims': getOne('resourceclaims'),
  'resource.k8s.io/resourceslices': resourceSlices,
  'storage.k8s.io/csinodes': csiNodes,
  'storage.k8s.io/volumeattachments': getOne('volumeattachments'),
};

/** Authorizes kubelets: each may read what its own pods need, and write about itself. */
export function nodeAuthorizer(graph: NodeGraph, shared: readonly PolicyRule[]): Authorizer {
  return {
    authorize(asked) {
      const node = nodeNameOf(asked.user);
      if (node === undefined) return none();
      if (node === '') return none(`unknown node for user ${JSON.stringify(asked.user.name)}`);
      const rule = asked.isResource ? rules[`${asked.group}/${asked.resource}`] : undefined;
      if (rule) return rule(node, asked, graph);
      return shared.some(one => ruleAllows(one, asked)) ? allow : none();
    },
  };
}
