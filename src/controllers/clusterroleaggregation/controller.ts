import { clusterRoles } from '#api/generated/refs.ts';
import type { ClusterRole, PolicyRule } from '#api/generated/types/rbac.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { deepEqual } from '#base/equal.ts';
import { matcherOf } from '../shared/selector.ts';
import { compareText } from '../shared/time.ts';

/** Fills ClusterRoles that have an aggregation rule with the rules of those that it selects. */
export const clusterRoleAggregationController = defineController({
  name: 'clusterrole-aggregation',
  setup: ({ client, informer }) => {
    const roles = informer(clusterRoles);
    return {
      watches: [observing(clusterRoles, () => roles.list().filter(isAggregating).map(objectKey))],
      concurrency: 5,
      reconcile: async name => {
        const role = roles.get(name);
        if (!role || !isAggregating(role)) return;
        const rules = aggregatedRules(role, roles.list());
        if (deepEqual(rules, role.rules ?? [])) return;
        const { resourceVersion } = role.metadata;
        const patch = { metadata: { resourceVersion }, rules };
        const options = { fieldManager: 'clusterrole-aggregation-controller' };
        await orNotFound(client.patch(clusterRoles, '', name, 'merge', patch, options));
      },
    };
  },
});

function isAggregating(role: ClusterRole): boolean {
  return role.aggregationRule !== undefined;
}

/** In the order of the selectors, then of the roles' names, without repeats. */
function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const byName = [...all].sort((a, b) => compareText(a.metadata.name!, b.metadata.name!));
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selected = byName.filter(
      other => other.metadata.name !== role.metadata.name && matcherOf(selector)(other),
    );
    for (const rule of selected.flatMap(other => other.rules ?? [])) {
      if (!rules.some(known => deepEqual(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
