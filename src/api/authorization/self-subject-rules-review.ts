import { defineResource } from '../definition.ts';
import type { SelfSubjectRulesReview } from '../generated/types/authorization.v1.ts';

/** Asks what the caller may do in a namespace. Answered at once; never stored. */
export const selfSubjectRulesReviewResource = defineResource<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview' }],
  kind: 'SelfSubjectRulesReview',
  resource: 'selfsubjectrulesreviews',
  singular: 'selfsubjectrulesreview',
  namespaced: false,
  verbs: ['create'],
  strategy: {},
});
