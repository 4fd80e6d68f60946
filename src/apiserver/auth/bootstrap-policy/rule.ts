import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';

const verbSets: Readonly<Record<string, string>> = {
  READ: 'get list watch',
  READUPDATE: 'get list watch update patch',
  READWRITE: 'get list watch create update patch delete deletecollection',
  WRITE: 'create update patch delete deletecollection',
};

function words(text: string): string[] {
  return [...new Set(text.split(' '))].sort();
}

function verbsOf(verbs: string): string[] {
  return words(verbSets[verbs] ?? verbs);
}

/** A rule from words: verbs (or the name of a set of them), groups ('core' is the group without name), resources. */
export function rule(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  const apiGroups = words(groups)
    .map(group => (group === 'core' ? '' : group))
    .sort();
  const base = { verbs: verbsOf(verbs), apiGroups, resources: words(resources) };
  return names === undefined ? base : { ...base, resourceNames: words(names) };
}

export function paths(verbs: string, urls: string): PolicyRule {
  return { verbs: verbsOf(verbs), nonResourceURLs: words(urls) };
}

export const eventsRule: PolicyRule = rule('create update patch', 'core events.k8s.io', 'events');
