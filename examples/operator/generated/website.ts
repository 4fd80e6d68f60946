// Written by 'coxswain generate types'. Do not edit: run it again when the definition changes.
import type { KubeObject, ResourceRef } from 'coxswain';

/** A website, served by as many pods as it asks for. */
export interface Website extends KubeObject {
  spec: WebsiteSpec;
  status?: WebsiteStatus;
}

export interface WebsiteSpec {
  /** The name that it is reached by. No other website has it. */
  domain: string;
  /**
   * What serves it.
   *
   * Default: "nginx:1"
   */
  image?: string;
  /** Default: 1 */
  replicas?: number;
  /**
   * The port, or its name, that the image listens on.
   *
   * Default: 80
   */
  port?: number | string;
  /** Where its pods rather run, by the nodes' label example.com/tier. */
  tier?: 'cheap' | 'fast';
}

export interface WebsiteStatus {
  /** The generation that the status is of. */
  observedGeneration?: number;
  readyReplicas?: number;
  conditions?: WebsiteStatusConditionsItem[];
}

export interface WebsiteStatusConditionsItem {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  observedGeneration?: number;
  lastTransitionTime: string;
  reason: string;
  message: string;
}

export const websites: ResourceRef<Website> = {
  group: 'example.com',
  version: 'v1',
  resource: 'websites',
  kind: 'Website',
  namespaced: true,
};
