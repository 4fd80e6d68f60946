import { allowing, defineAdmissionRule, FieldPath, fieldError } from 'coxswain';
import { websites } from './generated/website.ts';

/** A domain leads to one website, whatever its namespace. */
export default defineAdmissionRule({
  name: 'website-domain',
  resources: [websites],
  rbac: [allowing(websites, ['list'])],
  mutate: site => {
    site.spec.domain = site.spec.domain.toLowerCase();
  },
  validate: async ({ metadata, spec }, { client, old }) => {
    if (old?.spec.domain === spec.domain) return undefined;
    const { items } = await client.list(websites, '');
    const isSame = (other: typeof metadata) =>
      other.name === metadata.name && other.namespace === metadata.namespace;
    const taken = items.some(other => other.spec.domain === spec.domain && !isSame(other.metadata));
    return taken ? [fieldError.duplicate(FieldPath.of('spec', 'domain'), spec.domain)] : undefined;
  },
});
