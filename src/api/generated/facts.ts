// Written by tools/generate-api. Do not edit.
export const facts = String.raw`
package admission.v1 io.k8s.api.admission.v1 v1 admission.k8s.io
kinds admission.v1 AdmissionReview
package admission.v1beta1 io.k8s.api.admission.v1beta1 v1beta1 admission.k8s.io
kinds admission.v1beta1 AdmissionReview
package admissionregistration.v1 io.k8s.api.admissionregistration.v1 v1 admissionregistration.k8s.io
kinds admissionregistration.v1 MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyList MutatingWebhookConfiguration MutatingWebhookConfigurationList ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyList ValidatingWebhookConfiguration ValidatingWebhookConfigurationList
enum admissionregistration.v1.FailurePolicyType ["Fail","Ignore"]
enum admissionregistration.v1.MatchPolicyType ["Equivalent","Exact"]
enum admissionregistration.v1.OperationType ["*","CONNECT","CREATE","DELETE","UPDATE"]
enum admissionregistration.v1.PatchType ["ApplyConfiguration","JSONPatch"]
enum admissionregistration.v1.ReinvocationPolicyType ["IfNeeded","Never"]
enum admissionregistration.v1.ScopeType ["*","Cluster","Namespaced"]
enum admissionregistration.v1.SideEffectClass ["None","NoneOnDryRun","Some","Unknown"]
enum admissionregistration.v1.ValidationAction ["Audit","Deny","Warn"]
package admissionregistration.v1alpha1 io.k8s.api.admissionregistration.v1alpha1 v1alpha1 admissionregistration.k8s.io
kinds admissionregistration.v1alpha1 MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyList ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyList
enum admissionregistration.v1alpha1.FailurePolicyType ["Fail","Ignore"]
enum admissionregistration.v1alpha1.MatchPolicyType ["Equivalent","Exact"]
enum admissionregistration.v1alpha1.ParameterNotFoundActionType ["Allow","Deny"]
enum admissionregistration.v1alpha1.PatchType ["ApplyConfiguration","JSONPatch"]
enum admissionregistration.v1alpha1.ValidationAction ["Audit","Deny","Warn"]
package admissionregistration.v1beta1 io.k8s.api.admissionregistration.v1beta1 v1beta1 admissionregistration.k8s.io
kinds admissionregistration.v1beta1 MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyList MutatingWebhookConfiguration MutatingWebhookConfigurationList ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyList ValidatingWebhookConfiguration ValidatingWebhookConfigurationList
enum admissionregistration.v1beta1.PatchType ["ApplyConfiguration","JSONPatch"]
enum admissionregistration.v1beta1.ValidationAction ["Audit","Deny","Warn"]
package apidiscovery.v2 io.k8s.api.apidiscovery.v2 v2 apidiscovery.k8s.io
kinds apidiscovery.v2 APIGroupDiscovery APIGroupDiscoveryList
package apidiscovery.v2beta1 io.k8s.api.apidiscovery.v2beta1 v2beta1 apidiscovery.k8s.io
kinds apidiscovery.v2beta1 APIGroupDiscovery APIGroupDiscoveryList
package apiextensions.v1 io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1 v1 apiextensions.k8s.io
kinds apiextensions.v1 ConversionReview CustomResourceDefinition CustomResourceDefinitionList
enum apiextensions.v1.FieldValueErrorReason ["FieldValueDuplicate","FieldValueForbidden","FieldValueInvalid","FieldValueRequired"]
package apiextensions.v1beta1 io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1 v1beta1 apiextensions.k8s.io
kinds apiextensions.v1beta1 ConversionReview CustomResourceDefinition CustomResourceDefinitionList
enum apiextensions.v1beta1.FieldValueErrorReason ["FieldValueDuplicate","FieldValueForbidden","FieldValueInvalid","FieldValueRequired"]
package apiregistration.v1 io.k8s.kube-aggregator.pkg.apis.apiregistration.v1 v1 apiregistration.k8s.io
kinds apiregistration.v1 APIService APIServiceList
package apiregistration.v1beta1 io.k8s.kube-aggregator.pkg.apis.apiregistration.v1beta1 v1beta1 apiregistration.k8s.io
kinds apiregistration.v1beta1 APIService APIServiceList
package apiserverinternal.v1alpha1 io.k8s.api.apiserverinternal.v1alpha1 v1alpha1 internal.apiserver.k8s.io
kinds apiserverinternal.v1alpha1 StorageVersion StorageVersionList
package apps.v1 io.k8s.api.apps.v1 v1 apps
kinds apps.v1 ControllerRevision ControllerRevisionList DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet ReplicaSetList StatefulSet StatefulSetList
enum apps.v1.DaemonSetUpdateStrategyType ["OnDelete","RollingUpdate"]
enum apps.v1.DeploymentStrategyType ["Recreate","RollingUpdate"]
enum apps.v1.PodManagementPolicyType ["OrderedReady","Parallel"]
enum apps.v1.StatefulSetUpdateStrategyType ["OnDelete","RollingUpdate"]
package apps.v1beta1 io.k8s.api.apps.v1beta1 v1beta1 apps
kinds apps.v1beta1 ControllerRevision ControllerRevisionList Deployment DeploymentList DeploymentRollback Scale StatefulSet StatefulSetList
package apps.v1beta2 io.k8s.api.apps.v1beta2 v1beta2 apps
kinds apps.v1beta2 ControllerRevision ControllerRevisionList DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet ReplicaSetList Scale StatefulSet StatefulSetList
package authentication.v1 io.k8s.api.authentication.v1 v1 authentication.k8s.io
kinds authentication.v1 SelfSubjectReview TokenRequest TokenReview
package authentication.v1alpha1 io.k8s.api.authentication.v1alpha1 v1alpha1 authentication.k8s.io
kinds authentication.v1alpha1 SelfSubjectReview
package authentication.v1beta1 io.k8s.api.authentication.v1beta1 v1beta1 authentication.k8s.io
kinds authentication.v1beta1 SelfSubjectReview TokenReview
package authorization.v1 io.k8s.api.authorization.v1 v1 authorization.k8s.io
kinds authorization.v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
package authorization.v1beta1 io.k8s.api.authorization.v1beta1 v1beta1 authorization.k8s.io
kinds authorization.v1beta1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
package autoscaling.v1 io.k8s.api.autoscaling.v1 v1 autoscaling
kinds autoscaling.v1 HorizontalPodAutoscaler HorizontalPodAutoscalerList Scale
enum autoscaling.v1.MetricSourceType ["ContainerResource","External","Object","Pods","Resource"]
package autoscaling.v2 io.k8s.api.autoscaling.v2 v2 autoscaling
kinds autoscaling.v2 HorizontalPodAutoscaler HorizontalPodAutoscalerList
package batch.v1 io.k8s.api.batch.v1 v1 batch
kinds batch.v1 CronJob CronJobList Job JobList
enum batch.v1.CompletionMode ["Indexed","NonIndexed"]
enum batch.v1.ConcurrencyPolicy ["Allow","Forbid","Replace"]
enum batch.v1.PodFailurePolicyAction ["Count","FailIndex","FailJob","Ignore"]
enum batch.v1.PodFailurePolicyOnExitCodesOperator ["In","NotIn"]
enum batch.v1.PodReplacementPolicy ["Failed","TerminatingOrFailed"]
package batch.v1beta1 io.k8s.api.batch.v1beta1 v1beta1 batch
kinds batch.v1beta1 CronJob CronJobList
package certificates.v1 io.k8s.api.certificates.v1 v1 certificates.k8s.io
kinds certificates.v1 CertificateSigningRequest CertificateSigningRequestList
enum certificates.v1.KeyUsage ["any","cert sign","client auth","code signing","content commitment","crl sign","data encipherment","decipher only","digital signature","email protection","encipher only","ipsec end system","ipsec tunnel","ipsec user","key agreement","key encipherment","microsoft sgc","netscape sgc","ocsp signing","s/mime","server auth","signing","timestamping"]
package certificates.v1alpha1 io.k8s.api.certificates.v1alpha1 v1alpha1 certificates.k8s.io
kinds certificates.v1alpha1 ClusterTrustBundle ClusterTrustBundleList
package certificates.v1beta1 io.k8s.api.certificates.v1beta1 v1beta1 certificates.k8s.io
kinds certificates.v1beta1 CertificateSigningRequest CertificateSigningRequestList ClusterTrustBundle ClusterTrustBundleList PodCertificateRequest PodCertificateRequestList
package coordination.v1 io.k8s.api.coordination.v1 v1 coordination.k8s.io
kinds coordination.v1 Lease LeaseList
package coordination.v1alpha2 io.k8s.api.coordination.v1alpha2 v1alpha2 coordination.k8s.io
kinds coordination.v1alpha2 LeaseCandidate LeaseCandidateList
package coordination.v1beta1 io.k8s.api.coordination.v1beta1 v1beta1 coordination.k8s.io
kinds coordination.v1beta1 Lease LeaseCandidate LeaseCandidateList LeaseList
package core.v1 io.k8s.api.core.v1 v1 -
kinds core.v1 Binding ComponentStatus ComponentStatusList ConfigMap ConfigMapList Endpoints EndpointsList Event EventList LimitRange LimitRangeList List Namespace NamespaceList Node NodeList NodeProxyOptions PersistentVolume PersistentVolumeClaim PersistentVolumeClaimList PersistentVolumeList Pod PodAttachOptions PodExecOptions PodList PodLogOptions PodPortForwardOptions PodProxyOptions PodStatusResult PodTemplate PodTemplateList RangeAllocation ReplicationController ReplicationControllerList ResourceQuota ResourceQuotaList Secret SecretList SerializedReference Service ServiceAccount ServiceAccountList ServiceList ServiceProxyOptions
enum core.v1.AppArmorProfileType ["Localhost","RuntimeDefault","Unconfined"]
enum core.v1.AzureDataDiskCachingMode ["None","ReadOnly","ReadWrite"]
enum core.v1.AzureDataDiskKind ["Dedicated","Managed","Shared"]
enum core.v1.ClaimResourceStatus ["ControllerResizeInProgress","ControllerResizeInfeasible","NodeResizeInProgress","NodeResizeInfeasible","NodeResizePending"]
enum core.v1.DNSPolicy ["ClusterFirst","ClusterFirstWithHostNet","Default","None"]
enum core.v1.HostPathType ["","BlockDevice","CharDevice","Directory","DirectoryOrCreate","File","FileOrCreate","Socket"]
enum core.v1.IPFamily ["","IPv4","IPv6"]
enum core.v1.IPFamilyPolicy ["PreferDualStack","RequireDualStack","SingleStack"]
enum core.v1.MountPropagationMode ["Bidirectional","HostToContainer","None"]
enum core.v1.NamespacePhase ["Active","Terminating"]
enum core.v1.NodeInclusionPolicy ["Honor","Ignore"]
enum core.v1.NodePhase ["Pending","Running","Terminated"]
enum core.v1.NodeSelectorOperator ["DoesNotExist","Exists","Gt","In","Lt","NotIn"]
enum core.v1.PersistentVolumeAccessMode ["ReadOnlyMany","ReadWriteMany","ReadWriteOnce","ReadWriteOncePod"]
enum core.v1.PersistentVolumeClaimModifyVolumeStatus ["InProgress","Infeasible","Pending"]
enum core.v1.PersistentVolumeClaimPhase ["Bound","Lost","Pending"]
enum core.v1.PersistentVolumeMode ["Block","Filesystem"]
enum core.v1.PersistentVolumePhase ["Available","Bound","Failed","Pending","Released"]
enum core.v1.PersistentVolumeReclaimPolicy ["Delete","Recycle","Retain"]
enum core.v1.PodFSGroupChangePolicy ["Always","OnRootMismatch"]
enum core.v1.PodPhase ["Failed","Pending","Running","Succeeded","Unknown"]
enum core.v1.PodQOSClass ["BestEffort","Burstable","Guaranteed"]
enum core.v1.PreemptionPolicy ["Never","PreemptLowerPriority"]
enum core.v1.ProcMountType ["Default","Unmasked"]
enum core.v1.Protocol ["SCTP","TCP","UDP"]
enum core.v1.PullPolicy ["Always","IfNotPresent","Never"]
enum core.v1.ResourceQuotaScope ["BestEffort","CrossNamespacePodAffinity","NotBestEffort","NotTerminating","PriorityClass","Terminating","VolumeAttributesClass"]
enum core.v1.RestartPolicy ["Always","Never","OnFailure"]
enum core.v1.ScopeSelectorOperator ["DoesNotExist","Exists","In","NotIn"]
enum core.v1.SeccompProfileType ["Localhost","RuntimeDefault","Unconfined"]
enum core.v1.ServiceAffinity ["ClientIP","None"]
enum core.v1.ServiceExternalTrafficPolicy ["Cluster","Local"]
enum core.v1.ServiceInternalTrafficPolicy ["Cluster","Local"]
enum core.v1.ServiceType ["ClusterIP","ExternalName","LoadBalancer","NodePort"]
enum core.v1.Signal ["SIGABRT","SIGALRM","SIGBUS","SIGCHLD","SIGCLD","SIGCONT","SIGFPE","SIGHUP","SIGILL","SIGINT","SIGIO","SIGIOT","SIGKILL","SIGPIPE","SIGPOLL","SIGPROF","SIGPWR","SIGQUIT","SIGRTMAX","SIGRTMAX-1","SIGRTMAX-10","SIGRTMAX-11","SIGRTMAX-12","SIGRTMAX-13","SIGRTMAX-14","SIGRTMAX-2","SIGRTMAX-3","SIGRTMAX-4","SIGRTMAX-5","SIGRTMAX-6","SIGRTMAX-7","SIGRTMAX-8","SIGRTMAX-9","SIGRTMIN","SIGRTMIN+1","SIGRTMIN+10","SIGRTMIN+11","SIGRTMIN+12","SIGRTMIN+13","SIGRTMIN+14","SIGRTMIN+15","SIGRTMIN+2","SIGRTMIN+3","SIGRTMIN+4","SIGRTMIN+5","SIGRTMIN+6","SIGRTMIN+7","SIGRTMIN+8","SIGRTMIN+9","SIGSEGV","SIGSTKFLT","SIGSTOP","SIGSYS","SIGTERM","SIGTRAP","SIGTSTP","SIGTTIN","SIGTTOU","SIGURG","SIGUSR1","SIGUSR2","SIGVTALRM","SIGWINCH","SIGXCPU","SIGXFSZ"]
enum core.v1.SupplementalGroupsPolicy ["Merge","Strict"]
enum core.v1.TaintEffect ["NoExecute","NoSchedule","PreferNoSchedule"]
enum core.v1.TerminationMessagePolicy ["FallbackToLogsOnError","File"]
enum core.v1.TolerationOperator ["Equal","Exists","Gt","Lt"]
enum core.v1.URIScheme ["HTTP","HTTPS"]
enum core.v1.UnsatisfiableConstraintAction ["DoNotSchedule","ScheduleAnyway"]
package discovery.v1 io.k8s.api.discovery.v1 v1 discovery.k8s.io
kinds discovery.v1 EndpointSlice EndpointSliceList
enum discovery.v1.AddressType ["FQDN","IPv4","IPv6"]
package discovery.v1beta1 io.k8s.api.discovery.v1beta1 v1beta1 discovery.k8s.io
kinds discovery.v1beta1 EndpointSlice EndpointSliceList
enum discovery.v1beta1.AddressType ["FQDN","IPv4","IPv6"]
package events.v1 io.k8s.api.events.v1 v1 events.k8s.io
kinds events.v1 Event EventList
package events.v1beta1 io.k8s.api.events.v1beta1 v1beta1 events.k8s.io
kinds events.v1beta1 Event EventList
package extensions.v1beta1 io.k8s.api.extensions.v1beta1 v1beta1 extensions
kinds extensions.v1beta1 DaemonSet DaemonSetList Deployment DeploymentList DeploymentRollback Ingress IngressList NetworkPolicy NetworkPolicyList ReplicaSet ReplicaSetList Scale
package flowcontrol.v1 io.k8s.api.flowcontrol.v1 v1 flowcontrol.apiserver.k8s.io
kinds flowcontrol.v1 FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList
package flowcontrol.v1beta1 io.k8s.api.flowcontrol.v1beta1 v1beta1 flowcontrol.apiserver.k8s.io
kinds flowcontrol.v1beta1 FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList
package flowcontrol.v1beta2 io.k8s.api.flowcontrol.v1beta2 v1beta2 flowcontrol.apiserver.k8s.io
kinds flowcontrol.v1beta2 FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList
package flowcontrol.v1beta3 io.k8s.api.flowcontrol.v1beta3 v1beta3 flowcontrol.apiserver.k8s.io
kinds flowcontrol.v1beta3 FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList
package imagepolicy.v1alpha1 io.k8s.api.imagepolicy.v1alpha1 v1alpha1 imagepolicy.k8s.io
kinds imagepolicy.v1alpha1 ImageReview
package meta.v1 io.k8s.apimachinery.pkg.apis.meta.v1 v1 meta.k8s.io
kinds meta.v1 APIGroup APIGroupList APIResourceList APIVersions CreateOptions DeleteOptions GetOptions ListOptions PartialObjectMetadata PartialObjectMetadataList PatchOptions Status Table TableOptions UpdateOptions
package meta.v1beta1 io.k8s.apimachinery.pkg.apis.meta.v1beta1 v1beta1 meta.k8s.io
kinds meta.v1beta1 PartialObjectMetadataList
package networking.v1 io.k8s.api.networking.v1 v1 networking.k8s.io
kinds networking.v1 IPAddress IPAddressList Ingress IngressClass IngressClassList IngressList NetworkPolicy NetworkPolicyList ServiceCIDR ServiceCIDRList
enum networking.v1.PathType ["Exact","ImplementationSpecific","Prefix"]
enum networking.v1.PolicyType ["Egress","Ingress"]
package networking.v1beta1 io.k8s.api.networking.v1beta1 v1beta1 networking.k8s.io
kinds networking.v1beta1 IPAddress IPAddressList Ingress IngressClass IngressClassList IngressList ServiceCIDR ServiceCIDRList
package node.v1 io.k8s.api.node.v1 v1 node.k8s.io
kinds node.v1 RuntimeClass RuntimeClassList
package node.v1alpha1 io.k8s.api.node.v1alpha1 v1alpha1 node.k8s.io
kinds node.v1alpha1 RuntimeClass RuntimeClassList
package node.v1beta1 io.k8s.api.node.v1beta1 v1beta1 node.k8s.io
kinds node.v1beta1 RuntimeClass RuntimeClassList
package policy.v1 io.k8s.api.policy.v1 v1 policy
kinds policy.v1 Eviction PodDisruptionBudget PodDisruptionBudgetList
enum policy.v1.UnhealthyPodEvictionPolicyType ["AlwaysAllow","IfHealthyBudget"]
package policy.v1beta1 io.k8s.api.policy.v1beta1 v1beta1 policy
kinds policy.v1beta1 Eviction PodDisruptionBudget PodDisruptionBudgetList
enum policy.v1beta1.UnhealthyPodEvictionPolicyType ["AlwaysAllow","IfHealthyBudget"]
package rbac.v1 io.k8s.api.rbac.v1 v1 rbac.authorization.k8s.io
kinds rbac.v1 ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role RoleBinding RoleBindingList RoleList
package rbac.v1alpha1 io.k8s.api.rbac.v1alpha1 v1alpha1 rbac.authorization.k8s.io
kinds rbac.v1alpha1 ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role RoleBinding RoleBindingList RoleList
package rbac.v1beta1 io.k8s.api.rbac.v1beta1 v1beta1 rbac.authorization.k8s.io
kinds rbac.v1beta1 ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role RoleBinding RoleBindingList RoleList
package resource.v1 io.k8s.api.resource.v1 v1 resource.k8s.io
kinds resource.v1 DeviceClass DeviceClassList ResourceClaim ResourceClaimList ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList
enum resource.v1.AllocationConfigSource ["FromClaim","FromClass"]
enum resource.v1.DeviceAllocationMode ["All","ExactCount"]
enum resource.v1.DeviceTaintEffect ["NoExecute","NoSchedule","None"]
enum resource.v1.DeviceTolerationOperator ["Equal","Exists"]
package resource.v1alpha3 io.k8s.api.resource.v1alpha3 v1alpha3 resource.k8s.io
kinds resource.v1alpha3 DeviceTaintRule DeviceTaintRuleList ResourcePoolStatusRequest ResourcePoolStatusRequestList
enum resource.v1alpha3.DeviceTaintEffect ["NoExecute","NoSchedule","None"]
package resource.v1beta1 io.k8s.api.resource.v1beta1 v1beta1 resource.k8s.io
kinds resource.v1beta1 DeviceClass DeviceClassList ResourceClaim ResourceClaimList ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList
enum resource.v1beta1.AllocationConfigSource ["FromClaim","FromClass"]
enum resource.v1beta1.DeviceAllocationMode ["All","ExactCount"]
enum resource.v1beta1.DeviceTaintEffect ["NoExecute","NoSchedule","None"]
enum resource.v1beta1.DeviceTolerationOperator ["Equal","Exists"]
package resource.v1beta2 io.k8s.api.resource.v1beta2 v1beta2 resource.k8s.io
kinds resource.v1beta2 DeviceClass DeviceClassList DeviceTaintRule DeviceTaintRuleList ResourceClaim ResourceClaimList ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList
enum resource.v1beta2.AllocationConfigSource ["FromClaim","FromClass"]
enum resource.v1beta2.DeviceAllocationMode ["All","ExactCount"]
enum resource.v1beta2.DeviceTaintEffect ["NoExecute","NoSchedule","None"]
enum resource.v1beta2.DeviceTolerationOperator ["Equal","Exists"]
package scheduling.v1 io.k8s.api.scheduling.v1 v1 scheduling.k8s.io
kinds scheduling.v1 PriorityClass PriorityClassList
package scheduling.v1alpha2 io.k8s.api.scheduling.v1alpha2 v1alpha2 scheduling.k8s.io
kinds scheduling.v1alpha2 PodGroup PodGroupList Workload WorkloadList
enum scheduling.v1alpha2.DisruptionMode ["Pod","PodGroup"]
package scheduling.v1beta1 io.k8s.api.scheduling.v1beta1 v1beta1 scheduling.k8s.io
kinds scheduling.v1beta1 PriorityClass PriorityClassList
package storage.v1 io.k8s.api.storage.v1 v1 storage.k8s.io
kinds storage.v1 CSIDriver CSIDriverList CSINode CSINodeList CSIStorageCapacity CSIStorageCapacityList StorageClass StorageClassList VolumeAttachment VolumeAttachmentList VolumeAttributesClass VolumeAttributesClassList
enum storage.v1.VolumeBindingMode ["Immediate","WaitForFirstConsumer"]
package storage.v1alpha1 io.k8s.api.storage.v1alpha1 v1alpha1 storage.k8s.io
kinds storage.v1alpha1 CSIStorageCapacity CSIStorageCapacityList VolumeAttachment VolumeAttachmentList VolumeAttributesClass VolumeAttributesClassList
package storage.v1beta1 io.k8s.api.storage.v1beta1 v1beta1 storage.k8s.io
kinds storage.v1beta1 CSIDriver CSIDriverList CSINode CSINodeList CSIStorageCapacity CSIStorageCapacityList StorageClass StorageClassList VolumeAttachment VolumeAttachmentList VolumeAttributesClass VolumeAttributesClassList
package storagemigration.v1beta1 io.k8s.api.storagemigration.v1beta1 v1beta1 storagemigration.k8s.io
kinds storagemigration.v1beta1 StorageVersionMigration StorageVersionMigrationList
type admission.v1.AdmissionRequest
 uid 1 uid
 kind 2 meta.v1.GroupVersionKind
 resource 3 meta.v1.GroupVersionResource
 subResource 4 string omitempty
 requestKind 13 *meta.v1.GroupVersionKind omitempty
 requestResource 14 *meta.v1.GroupVersionResource omitempty
 requestSubResource 15 string omitempty
 name 5 string omitempty
 namespace 6 string omitempty
 operation 7 string@admission.v1.Operation
 userInfo 8 authentication.v1.UserInfo
 object 9 raw omitempty
 oldObject 10 raw omitempty
 dryRun 11 *bool omitempty
 options 12 raw omitempty
type admission.v1.AdmissionResponse
 uid 1 uid
 allowed 2 bool
 status 3 *meta.v1.Status omitempty
 patch 4 bytes omitempty
 patchType 5 *string@admission.v1.PatchType omitempty
 auditAnnotations 6 {}string omitempty
 warnings 7 []string omitempty listType=atomic
type admission.v1.AdmissionReview
 kind - string omitempty
 apiVersion - string omitempty
 request 1 *admission.v1.AdmissionRequest omitempty
 response 2 *admission.v1.AdmissionResponse omitempty
type admission.v1beta1.AdmissionRequest
 uid 1 uid
 kind 2 meta.v1.GroupVersionKind
 resource 3 meta.v1.GroupVersionResource
 subResource 4 string omitempty
 requestKind 13 *meta.v1.GroupVersionKind omitempty
 requestResource 14 *meta.v1.GroupVersionResource omitempty
 requestSubResource 15 string omitempty
 name 5 string omitempty
 namespace 6 string omitempty
 operation 7 string@admission.v1beta1.Operation
 userInfo 8 authentication.v1.UserInfo
 object 9 raw omitempty
 oldObject 10 raw omitempty
 dryRun 11 *bool omitempty
 options 12 raw omitempty
type admission.v1beta1.AdmissionResponse
 uid 1 uid
 allowed 2 bool
 status 3 *meta.v1.Status omitempty
 patch 4 bytes omitempty
 patchType 5 *string@admission.v1beta1.PatchType omitempty
 auditAnnotations 6 {}string omitempty
 warnings 7 []string omitempty listType=atomic
type admission.v1beta1.AdmissionReview
 kind - string omitempty
 apiVersion - string omitempty
 request 1 *admission.v1beta1.AdmissionRequest omitempty
 response 2 *admission.v1beta1.AdmissionResponse omitempty
type admissionregistration.v1.ApplyConfiguration
 expression 1 string omitempty
type admissionregistration.v1.AuditAnnotation
 key 1 string required
 valueExpression 2 string required
type admissionregistration.v1.ExpressionWarning
 fieldRef 2 string required
 warning 3 string required
type admissionregistration.v1.JSONPatch
 expression 1 string omitempty
type admissionregistration.v1.MatchCondition
 name 1 string required
 expression 2 string required
type admissionregistration.v1.MatchResources structType=atomic
 namespaceSelector 1 *meta.v1.LabelSelector omitempty
 objectSelector 2 *meta.v1.LabelSelector omitempty
 resourceRules 3 []admissionregistration.v1.NamedRuleWithOperations omitempty listType=atomic
 excludeResourceRules 4 []admissionregistration.v1.NamedRuleWithOperations omitempty listType=atomic
 matchPolicy 7 *string@admissionregistration.v1.MatchPolicyType omitempty
type admissionregistration.v1.MutatingAdmissionPolicy
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1.MutatingAdmissionPolicySpec omitempty
type admissionregistration.v1.MutatingAdmissionPolicyBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1.MutatingAdmissionPolicyBindingSpec omitempty
type admissionregistration.v1.MutatingAdmissionPolicyBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1.MutatingAdmissionPolicyBinding required
type admissionregistration.v1.MutatingAdmissionPolicyBindingSpec
 policyName 1 string omitempty
 paramRef 2 *admissionregistration.v1.ParamRef omitempty
 matchResources 3 *admissionregistration.v1.MatchResources omitempty
type admissionregistration.v1.MutatingAdmissionPolicyList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1.MutatingAdmissionPolicy required
type admissionregistration.v1.MutatingAdmissionPolicySpec
 paramKind 1 *admissionregistration.v1.ParamKind omitempty
 matchConstraints 2 *admissionregistration.v1.MatchResources omitempty
 variables 3 []admissionregistration.v1.Variable omitempty listType=atomic
 mutations 4 []admissionregistration.v1.Mutation omitempty listType=atomic
 failurePolicy 5 *string@admissionregistration.v1.FailurePolicyType omitempty
 matchConditions 6 []admissionregistration.v1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 reinvocationPolicy 7 string@admissionregistration.v1.ReinvocationPolicyType omitempty
type admissionregistration.v1.MutatingWebhook
 name 1 string required
 clientConfig 2 admissionregistration.v1.WebhookClientConfig required
 rules 3 []admissionregistration.v1.RuleWithOperations omitempty listType=atomic
 failurePolicy 4 *string@admissionregistration.v1.FailurePolicyType omitempty
 matchPolicy 9 *string@admissionregistration.v1.MatchPolicyType omitempty
 namespaceSelector 5 *meta.v1.LabelSelector omitempty
 objectSelector 11 *meta.v1.LabelSelector omitempty
 sideEffects 6 *string@admissionregistration.v1.SideEffectClass required
 timeoutSeconds 7 *int32 omitempty
 admissionReviewVersions 8 []string required listType=atomic
 reinvocationPolicy 10 *string@admissionregistration.v1.ReinvocationPolicyType omitempty
 matchConditions 12 []admissionregistration.v1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1.MutatingWebhookConfiguration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 webhooks 2 []admissionregistration.v1.MutatingWebhook omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1.MutatingWebhookConfigurationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1.MutatingWebhookConfiguration required
type admissionregistration.v1.Mutation
 patchType 2 string@admissionregistration.v1.PatchType required
 applyConfiguration 3 *admissionregistration.v1.ApplyConfiguration omitempty
 jsonPatch 4 *admissionregistration.v1.JSONPatch omitempty
type admissionregistration.v1.NamedRuleWithOperations structType=atomic
 resourceNames 1 []string omitempty listType=atomic
 <inline> 2 admissionregistration.v1.RuleWithOperations required
type admissionregistration.v1.ParamKind structType=atomic
 apiVersion 1 string omitempty
 kind 2 string omitempty
type admissionregistration.v1.ParamRef structType=atomic
 name 1 string omitempty
 namespace 2 string omitempty
 selector 3 *meta.v1.LabelSelector omitempty
 parameterNotFoundAction 4 *string@admissionregistration.v1.ParameterNotFoundActionType omitempty
type admissionregistration.v1.Rule
 apiGroups 1 []string omitempty listType=atomic
 apiVersions 2 []string omitempty listType=atomic
 resources 3 []string omitempty listType=atomic
 scope 4 *string@admissionregistration.v1.ScopeType omitempty
type admissionregistration.v1.RuleWithOperations
 operations 1 []string@admissionregistration.v1.OperationType omitempty listType=atomic
 <inline> 2 admissionregistration.v1.Rule required
type admissionregistration.v1.ServiceReference
 namespace 1 string required
 name 2 string required
 path 3 *string omitempty
 port 4 *int32 omitempty
type admissionregistration.v1.TypeChecking
 expressionWarnings 1 []admissionregistration.v1.ExpressionWarning omitempty listType=atomic
type admissionregistration.v1.ValidatingAdmissionPolicy
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1.ValidatingAdmissionPolicySpec omitempty
 status 3 admissionregistration.v1.ValidatingAdmissionPolicyStatus omitempty
type admissionregistration.v1.ValidatingAdmissionPolicyBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec required omitempty
type admissionregistration.v1.ValidatingAdmissionPolicyBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1.ValidatingAdmissionPolicyBinding required
type admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec
 policyName 1 string required omitempty
 paramRef 2 *admissionregistration.v1.ParamRef omitempty
 matchResources 3 *admissionregistration.v1.MatchResources omitempty
 validationActions 4 []string@admissionregistration.v1.ValidationAction required omitempty listType=set
type admissionregistration.v1.ValidatingAdmissionPolicyList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1.ValidatingAdmissionPolicy required
type admissionregistration.v1.ValidatingAdmissionPolicySpec
 paramKind 1 *admissionregistration.v1.ParamKind omitempty
 matchConstraints 2 *admissionregistration.v1.MatchResources omitempty
 validations 3 []admissionregistration.v1.Validation omitempty listType=atomic
 failurePolicy 4 *string@admissionregistration.v1.FailurePolicyType omitempty
 auditAnnotations 5 []admissionregistration.v1.AuditAnnotation omitempty listType=atomic
 matchConditions 6 []admissionregistration.v1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 variables 7 []admissionregistration.v1.Variable omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1.ValidatingAdmissionPolicyStatus
 observedGeneration 1 int64 omitempty
 typeChecking 2 *admissionregistration.v1.TypeChecking omitempty
 conditions 3 []meta.v1.Condition omitempty listType=map listMapKeys=type
type admissionregistration.v1.ValidatingWebhook
 name 1 string required
 clientConfig 2 admissionregistration.v1.WebhookClientConfig required
 rules 3 []admissionregistration.v1.RuleWithOperations omitempty listType=atomic
 failurePolicy 4 *string@admissionregistration.v1.FailurePolicyType omitempty
 matchPolicy 9 *string@admissionregistration.v1.MatchPolicyType omitempty
 namespaceSelector 5 *meta.v1.LabelSelector omitempty
 objectSelector 10 *meta.v1.LabelSelector omitempty
 sideEffects 6 *string@admissionregistration.v1.SideEffectClass required
 timeoutSeconds 7 *int32 omitempty
 admissionReviewVersions 8 []string required listType=atomic
 matchConditions 11 []admissionregistration.v1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1.ValidatingWebhookConfiguration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 webhooks 2 []admissionregistration.v1.ValidatingWebhook omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1.ValidatingWebhookConfigurationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1.ValidatingWebhookConfiguration required
type admissionregistration.v1.Validation
 expression 1 string required
 message 2 string omitempty
 reason 3 *string@meta.v1.StatusReason omitempty
 messageExpression 4 string omitempty
type admissionregistration.v1.Variable structType=atomic
 name 1 string required
 expression 2 string required
type admissionregistration.v1.WebhookClientConfig
 url 3 *string omitempty
 service 1 *admissionregistration.v1.ServiceReference omitempty
 caBundle 2 bytes omitempty
type admissionregistration.v1alpha1.ApplyConfiguration
 expression 1 string omitempty
type admissionregistration.v1alpha1.AuditAnnotation
 key 1 string required
 valueExpression 2 string required
type admissionregistration.v1alpha1.ExpressionWarning
 fieldRef 2 string required
 warning 3 string required
type admissionregistration.v1alpha1.JSONPatch
 expression 1 string omitempty
type admissionregistration.v1alpha1.MatchCondition
 name 1 string required
 expression 2 string required
type admissionregistration.v1alpha1.MatchResources structType=atomic
 namespaceSelector 1 *meta.v1.LabelSelector omitempty
 objectSelector 2 *meta.v1.LabelSelector omitempty
 resourceRules 3 []admissionregistration.v1alpha1.NamedRuleWithOperations omitempty listType=atomic
 excludeResourceRules 4 []admissionregistration.v1alpha1.NamedRuleWithOperations omitempty listType=atomic
 matchPolicy 7 *string@admissionregistration.v1alpha1.MatchPolicyType omitempty
type admissionregistration.v1alpha1.MutatingAdmissionPolicy
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1alpha1.MutatingAdmissionPolicySpec omitempty
type admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec omitempty
type admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding required
type admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec
 policyName 1 string omitempty
 paramRef 2 *admissionregistration.v1alpha1.ParamRef omitempty
 matchResources 3 *admissionregistration.v1alpha1.MatchResources omitempty
type admissionregistration.v1alpha1.MutatingAdmissionPolicyList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1alpha1.MutatingAdmissionPolicy required
type admissionregistration.v1alpha1.MutatingAdmissionPolicySpec
 paramKind 1 *admissionregistration.v1alpha1.ParamKind omitempty
 matchConstraints 2 *admissionregistration.v1alpha1.MatchResources omitempty
 variables 3 []admissionregistration.v1alpha1.Variable omitempty listType=atomic
 mutations 4 []admissionregistration.v1alpha1.Mutation omitempty listType=atomic
 failurePolicy 5 *string@admissionregistration.v1alpha1.FailurePolicyType omitempty
 matchConditions 6 []admissionregistration.v1alpha1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 reinvocationPolicy 7 string@admissionregistration.v1.ReinvocationPolicyType omitempty
type admissionregistration.v1alpha1.Mutation
 patchType 2 string@admissionregistration.v1alpha1.PatchType required
 applyConfiguration 3 *admissionregistration.v1alpha1.ApplyConfiguration omitempty
 jsonPatch 4 *admissionregistration.v1alpha1.JSONPatch omitempty
type admissionregistration.v1alpha1.NamedRuleWithOperations structType=atomic
 resourceNames 1 []string omitempty listType=atomic
 <inline> 2 admissionregistration.v1.RuleWithOperations required
type admissionregistration.v1alpha1.ParamKind structType=atomic
 apiVersion 1 string omitempty
 kind 2 string omitempty
type admissionregistration.v1alpha1.ParamRef structType=atomic
 name 1 string omitempty
 namespace 2 string omitempty
 selector 3 *meta.v1.LabelSelector omitempty
 parameterNotFoundAction 4 *string@admissionregistration.v1alpha1.ParameterNotFoundActionType omitempty
type admissionregistration.v1alpha1.TypeChecking
 expressionWarnings 1 []admissionregistration.v1alpha1.ExpressionWarning omitempty listType=atomic
type admissionregistration.v1alpha1.ValidatingAdmissionPolicy
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1alpha1.ValidatingAdmissionPolicySpec omitempty
 status 3 admissionregistration.v1alpha1.ValidatingAdmissionPolicyStatus omitempty
type admissionregistration.v1alpha1.ValidatingAdmissionPolicyBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1alpha1.ValidatingAdmissionPolicyBindingSpec required omitempty
type admissionregistration.v1alpha1.ValidatingAdmissionPolicyBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1alpha1.ValidatingAdmissionPolicyBinding required
type admissionregistration.v1alpha1.ValidatingAdmissionPolicyBindingSpec
 policyName 1 string required omitempty
 paramRef 2 *admissionregistration.v1alpha1.ParamRef omitempty
 matchResources 3 *admissionregistration.v1alpha1.MatchResources omitempty
 validationActions 4 []string@admissionregistration.v1alpha1.ValidationAction required omitempty listType=set
type admissionregistration.v1alpha1.ValidatingAdmissionPolicyList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1alpha1.ValidatingAdmissionPolicy required
type admissionregistration.v1alpha1.ValidatingAdmissionPolicySpec
 paramKind 1 *admissionregistration.v1alpha1.ParamKind omitempty
 matchConstraints 2 *admissionregistration.v1alpha1.MatchResources omitempty
 validations 3 []admissionregistration.v1alpha1.Validation omitempty listType=atomic
 failurePolicy 4 *string@admissionregistration.v1alpha1.FailurePolicyType omitempty
 auditAnnotations 5 []admissionregistration.v1alpha1.AuditAnnotation omitempty listType=atomic
 matchConditions 6 []admissionregistration.v1alpha1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 variables 7 []admissionregistration.v1alpha1.Variable omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1alpha1.ValidatingAdmissionPolicyStatus
 observedGeneration 1 int64 omitempty
 typeChecking 2 *admissionregistration.v1alpha1.TypeChecking omitempty
 conditions 3 []meta.v1.Condition omitempty listType=map listMapKeys=type
type admissionregistration.v1alpha1.Validation
 expression 1 string required
 message 2 string omitempty
 reason 3 *string@meta.v1.StatusReason omitempty
 messageExpression 4 string omitempty
type admissionregistration.v1alpha1.Variable
 name 1 string required
 expression 2 string required
type admissionregistration.v1beta1.ApplyConfiguration
 expression 1 string omitempty
type admissionregistration.v1beta1.AuditAnnotation
 key 1 string required
 valueExpression 2 string required
type admissionregistration.v1beta1.ExpressionWarning
 fieldRef 2 string required
 warning 3 string required
type admissionregistration.v1beta1.JSONPatch
 expression 1 string omitempty
type admissionregistration.v1beta1.MatchCondition
 name 1 string required
 expression 2 string required
type admissionregistration.v1beta1.MatchResources structType=atomic
 namespaceSelector 1 *meta.v1.LabelSelector omitempty
 objectSelector 2 *meta.v1.LabelSelector omitempty
 resourceRules 3 []admissionregistration.v1beta1.NamedRuleWithOperations omitempty listType=atomic
 excludeResourceRules 4 []admissionregistration.v1beta1.NamedRuleWithOperations omitempty listType=atomic
 matchPolicy 7 *string@admissionregistration.v1beta1.MatchPolicyType omitempty
type admissionregistration.v1beta1.MutatingAdmissionPolicy
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1beta1.MutatingAdmissionPolicySpec omitempty
type admissionregistration.v1beta1.MutatingAdmissionPolicyBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec omitempty
type admissionregistration.v1beta1.MutatingAdmissionPolicyBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1beta1.MutatingAdmissionPolicyBinding required
type admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec
 policyName 1 string omitempty
 paramRef 2 *admissionregistration.v1beta1.ParamRef omitempty
 matchResources 3 *admissionregistration.v1beta1.MatchResources omitempty
type admissionregistration.v1beta1.MutatingAdmissionPolicyList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1beta1.MutatingAdmissionPolicy required
type admissionregistration.v1beta1.MutatingAdmissionPolicySpec
 paramKind 1 *admissionregistration.v1beta1.ParamKind omitempty
 matchConstraints 2 *admissionregistration.v1beta1.MatchResources omitempty
 variables 3 []admissionregistration.v1beta1.Variable omitempty listType=atomic
 mutations 4 []admissionregistration.v1beta1.Mutation omitempty listType=atomic
 failurePolicy 5 *string@admissionregistration.v1beta1.FailurePolicyType omitempty
 matchConditions 6 []admissionregistration.v1beta1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 reinvocationPolicy 7 string@admissionregistration.v1.ReinvocationPolicyType omitempty
type admissionregistration.v1beta1.MutatingWebhook
 name 1 string required
 clientConfig 2 admissionregistration.v1beta1.WebhookClientConfig required
 rules 3 []admissionregistration.v1.RuleWithOperations omitempty listType=atomic
 failurePolicy 4 *string@admissionregistration.v1beta1.FailurePolicyType omitempty
 matchPolicy 9 *string@admissionregistration.v1beta1.MatchPolicyType omitempty
 namespaceSelector 5 *meta.v1.LabelSelector omitempty
 objectSelector 11 *meta.v1.LabelSelector omitempty
 sideEffects 6 *string@admissionregistration.v1beta1.SideEffectClass omitempty
 timeoutSeconds 7 *int32 omitempty
 admissionReviewVersions 8 []string omitempty listType=atomic
 reinvocationPolicy 10 *string@admissionregistration.v1.ReinvocationPolicyType omitempty
 matchConditions 12 []admissionregistration.v1beta1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1beta1.MutatingWebhookConfiguration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 webhooks 2 []admissionregistration.v1beta1.MutatingWebhook omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1beta1.MutatingWebhookConfigurationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1beta1.MutatingWebhookConfiguration required
type admissionregistration.v1beta1.Mutation
 patchType 2 string@admissionregistration.v1beta1.PatchType required
 applyConfiguration 3 *admissionregistration.v1beta1.ApplyConfiguration omitempty
 jsonPatch 4 *admissionregistration.v1beta1.JSONPatch omitempty
type admissionregistration.v1beta1.NamedRuleWithOperations structType=atomic
 resourceNames 1 []string omitempty listType=atomic
 <inline> 2 admissionregistration.v1.RuleWithOperations required
type admissionregistration.v1beta1.ParamKind structType=atomic
 apiVersion 1 string omitempty
 kind 2 string omitempty
type admissionregistration.v1beta1.ParamRef structType=atomic
 name 1 string omitempty
 namespace 2 string omitempty
 selector 3 *meta.v1.LabelSelector omitempty
 parameterNotFoundAction 4 *string@admissionregistration.v1beta1.ParameterNotFoundActionType omitempty
type admissionregistration.v1beta1.ServiceReference
 namespace 1 string required
 name 2 string required
 path 3 *string omitempty
 port 4 *int32 omitempty
type admissionregistration.v1beta1.TypeChecking
 expressionWarnings 1 []admissionregistration.v1beta1.ExpressionWarning omitempty listType=atomic
type admissionregistration.v1beta1.ValidatingAdmissionPolicy
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1beta1.ValidatingAdmissionPolicySpec omitempty
 status 3 admissionregistration.v1beta1.ValidatingAdmissionPolicyStatus omitempty
type admissionregistration.v1beta1.ValidatingAdmissionPolicyBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 admissionregistration.v1beta1.ValidatingAdmissionPolicyBindingSpec required omitempty
type admissionregistration.v1beta1.ValidatingAdmissionPolicyBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1beta1.ValidatingAdmissionPolicyBinding required
type admissionregistration.v1beta1.ValidatingAdmissionPolicyBindingSpec
 policyName 1 string required omitempty
 paramRef 2 *admissionregistration.v1beta1.ParamRef omitempty
 matchResources 3 *admissionregistration.v1beta1.MatchResources omitempty
 validationActions 4 []string@admissionregistration.v1beta1.ValidationAction required omitempty listType=set
type admissionregistration.v1beta1.ValidatingAdmissionPolicyList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1beta1.ValidatingAdmissionPolicy required
type admissionregistration.v1beta1.ValidatingAdmissionPolicySpec
 paramKind 1 *admissionregistration.v1beta1.ParamKind omitempty
 matchConstraints 2 *admissionregistration.v1beta1.MatchResources omitempty
 validations 3 []admissionregistration.v1beta1.Validation omitempty listType=atomic
 failurePolicy 4 *string@admissionregistration.v1beta1.FailurePolicyType omitempty
 auditAnnotations 5 []admissionregistration.v1beta1.AuditAnnotation omitempty listType=atomic
 matchConditions 6 []admissionregistration.v1beta1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 variables 7 []admissionregistration.v1beta1.Variable omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1beta1.ValidatingAdmissionPolicyStatus
 observedGeneration 1 int64 omitempty
 typeChecking 2 *admissionregistration.v1beta1.TypeChecking omitempty
 conditions 3 []meta.v1.Condition omitempty listType=map listMapKeys=type
type admissionregistration.v1beta1.ValidatingWebhook
 name 1 string required
 clientConfig 2 admissionregistration.v1beta1.WebhookClientConfig required
 rules 3 []admissionregistration.v1.RuleWithOperations omitempty listType=atomic
 failurePolicy 4 *string@admissionregistration.v1beta1.FailurePolicyType omitempty
 matchPolicy 9 *string@admissionregistration.v1beta1.MatchPolicyType omitempty
 namespaceSelector 5 *meta.v1.LabelSelector omitempty
 objectSelector 10 *meta.v1.LabelSelector omitempty
 sideEffects 6 *string@admissionregistration.v1beta1.SideEffectClass omitempty listType=atomic
 timeoutSeconds 7 *int32 omitempty
 admissionReviewVersions 8 []string omitempty listType=atomic
 matchConditions 11 []admissionregistration.v1beta1.MatchCondition omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1beta1.ValidatingWebhookConfiguration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 webhooks 2 []admissionregistration.v1beta1.ValidatingWebhook omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type admissionregistration.v1beta1.ValidatingWebhookConfigurationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []admissionregistration.v1beta1.ValidatingWebhookConfiguration required
type admissionregistration.v1beta1.Validation
 expression 1 string required
 message 2 string omitempty
 reason 3 *string@meta.v1.StatusReason omitempty
 messageExpression 4 string omitempty
type admissionregistration.v1beta1.Variable structType=atomic
 name 1 string required
 expression 2 string required
type admissionregistration.v1beta1.WebhookClientConfig
 url 3 *string omitempty
 service 1 *admissionregistration.v1beta1.ServiceReference omitempty
 caBundle 2 bytes omitempty
type apidiscovery.v2.APIGroupDiscovery
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 versions 2 []apidiscovery.v2.APIVersionDiscovery omitempty listType=map listMapKeys=version
type apidiscovery.v2.APIGroupDiscoveryList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apidiscovery.v2.APIGroupDiscovery required
type apidiscovery.v2.APIResourceDiscovery
 resource 1 string required
 responseKind 2 *meta.v1.GroupVersionKind omitempty
 scope 3 string@apidiscovery.v2.ResourceScope required
 singularResource 4 string required
 verbs 5 []string required listType=set
 shortNames 6 []string omitempty listType=set
 categories 7 []string omitempty listType=set
 subresources 8 []apidiscovery.v2.APISubresourceDiscovery omitempty listType=map listMapKeys=subresource
type apidiscovery.v2.APISubresourceDiscovery
 subresource 1 string required
 responseKind 2 *meta.v1.GroupVersionKind omitempty
 acceptedTypes 3 []meta.v1.GroupVersionKind omitempty listType=map listMapKeys=group,version,kind
 verbs 4 []string required listType=set
type apidiscovery.v2.APIVersionDiscovery
 version 1 string required
 resources 2 []apidiscovery.v2.APIResourceDiscovery omitempty listType=map listMapKeys=resource
 freshness 3 string@apidiscovery.v2.DiscoveryFreshness omitempty
type apidiscovery.v2beta1.APIGroupDiscovery
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 versions 2 []apidiscovery.v2beta1.APIVersionDiscovery omitempty listType=map listMapKeys=version
type apidiscovery.v2beta1.APIGroupDiscoveryList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apidiscovery.v2beta1.APIGroupDiscovery required
type apidiscovery.v2beta1.APIResourceDiscovery
 resource 1 string required
 responseKind 2 *meta.v1.GroupVersionKind omitempty
 scope 3 string@apidiscovery.v2beta1.ResourceScope required
 singularResource 4 string required
 verbs 5 []string required listType=set
 shortNames 6 []string omitempty listType=set
 categories 7 []string omitempty listType=set
 subresources 8 []apidiscovery.v2beta1.APISubresourceDiscovery omitempty listType=map listMapKeys=subresource
type apidiscovery.v2beta1.APISubresourceDiscovery
 subresource 1 string required
 responseKind 2 *meta.v1.GroupVersionKind omitempty
 acceptedTypes 3 []meta.v1.GroupVersionKind omitempty listType=map listMapKeys=group,version,kind
 verbs 4 []string required listType=set
type apidiscovery.v2beta1.APIVersionDiscovery
 version 1 string required
 resources 2 []apidiscovery.v2beta1.APIResourceDiscovery omitempty listType=map listMapKeys=resource
 freshness 3 string@apidiscovery.v2beta1.DiscoveryFreshness omitempty
type apiextensions.v1.ConversionRequest
 uid 1 uid required
 desiredAPIVersion 2 string required
 objects 3 []raw required listType=atomic
type apiextensions.v1.ConversionResponse
 uid 1 uid required
 convertedObjects 2 []raw required listType=atomic
 result 3 meta.v1.Status required
type apiextensions.v1.ConversionReview
 kind - string omitempty
 apiVersion - string omitempty
 request 1 *apiextensions.v1.ConversionRequest omitempty
 response 2 *apiextensions.v1.ConversionResponse omitempty
type apiextensions.v1.CustomResourceColumnDefinition
 name 1 string required
 type 2 string required
 format 3 string omitempty
 description 4 string omitempty
 priority 5 int32 omitempty
 jsonPath 6 string required
type apiextensions.v1.CustomResourceConversion
 strategy 1 string@apiextensions.v1.ConversionStrategyType required
 webhook 2 *apiextensions.v1.WebhookConversion omitempty
type apiextensions.v1.CustomResourceDefinition
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apiextensions.v1.CustomResourceDefinitionSpec required
 status 3 apiextensions.v1.CustomResourceDefinitionStatus omitempty
type apiextensions.v1.CustomResourceDefinitionCondition
 type 1 string@apiextensions.v1.CustomResourceDefinitionConditionType required
 status 2 string@apiextensions.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
 observedGeneration 6 int64 omitempty
type apiextensions.v1.CustomResourceDefinitionList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apiextensions.v1.CustomResourceDefinition required
type apiextensions.v1.CustomResourceDefinitionNames
 plural 1 string required
 singular 2 string omitempty
 shortNames 3 []string omitempty listType=atomic
 kind 4 string required
 listKind 5 string omitempty
 categories 6 []string omitempty listType=atomic
type apiextensions.v1.CustomResourceDefinitionSpec
 group 1 string required
 names 3 apiextensions.v1.CustomResourceDefinitionNames required
 scope 4 string@apiextensions.v1.ResourceScope required
 versions 7 []apiextensions.v1.CustomResourceDefinitionVersion required listType=atomic
 conversion 9 *apiextensions.v1.CustomResourceConversion omitempty
 preserveUnknownFields 10 bool omitempty
type apiextensions.v1.CustomResourceDefinitionStatus
 conditions 1 []apiextensions.v1.CustomResourceDefinitionCondition listType=map listMapKeys=type
 acceptedNames 2 apiextensions.v1.CustomResourceDefinitionNames
 storedVersions 3 []string listType=atomic
 observedGeneration 4 int64 omitempty
type apiextensions.v1.CustomResourceDefinitionVersion
 name 1 string required
 served 2 bool required
 storage 3 bool required
 deprecated 7 bool omitempty
 deprecationWarning 8 *string omitempty
 schema 4 *apiextensions.v1.CustomResourceValidation omitempty
 subresources 5 *apiextensions.v1.CustomResourceSubresources omitempty
 additionalPrinterColumns 6 []apiextensions.v1.CustomResourceColumnDefinition omitempty listType=atomic
 selectableFields 9 []apiextensions.v1.SelectableField omitempty listType=atomic
type apiextensions.v1.CustomResourceSubresourceScale
 specReplicasPath 1 string required
 statusReplicasPath 2 string required
 labelSelectorPath 3 *string omitempty
type apiextensions.v1.CustomResourceSubresourceStatus
type apiextensions.v1.CustomResourceSubresources
 status 1 *apiextensions.v1.CustomResourceSubresourceStatus omitempty
 scale 2 *apiextensions.v1.CustomResourceSubresourceScale omitempty
type apiextensions.v1.CustomResourceValidation
 openAPIV3Schema 1 *apiextensions.v1.JSONSchemaProps omitempty
type apiextensions.v1.ExternalDocumentation
 description 1 string omitempty
 url 2 string omitempty
type apiextensions.v1.JSONSchemaProps
 id 1 string omitempty
 $schema 2 string@apiextensions.v1.JSONSchemaURL omitempty
 $ref 3 *string omitempty
 description 4 string omitempty
 type 5 string omitempty
 format 6 string omitempty
 title 7 string omitempty
 default 8 *json omitempty
 maximum 9 *float64 omitempty
 exclusiveMaximum 10 bool omitempty
 minimum 11 *float64 omitempty
 exclusiveMinimum 12 bool omitempty
 maxLength 13 *int64 omitempty
 minLength 14 *int64 omitempty
 pattern 15 string omitempty
 maxItems 16 *int64 omitempty
 minItems 17 *int64 omitempty
 uniqueItems 18 bool omitempty
 multipleOf 19 *float64 omitempty
 enum 20 []json omitempty listType=atomic
 maxProperties 21 *int64 omitempty
 minProperties 22 *int64 omitempty
 required 23 []string omitempty listType=atomic
 items 24 *jsonSchemaPropsOrArray omitempty
 allOf 25 []apiextensions.v1.JSONSchemaProps omitempty listType=atomic
 oneOf 26 []apiextensions.v1.JSONSchemaProps omitempty listType=atomic
 anyOf 27 []apiextensions.v1.JSONSchemaProps omitempty listType=atomic
 not 28 *apiextensions.v1.JSONSchemaProps omitempty
 properties 29 {}apiextensions.v1.JSONSchemaProps omitempty
 additionalProperties 30 *jsonSchemaPropsOrBool omitempty
 patternProperties 31 {}apiextensions.v1.JSONSchemaProps omitempty
 dependencies 32 {}jsonSchemaPropsOrStringArray omitempty
 additionalItems 33 *jsonSchemaPropsOrBool omitempty
 definitions 34 {}apiextensions.v1.JSONSchemaProps omitempty
 externalDocs 35 *apiextensions.v1.ExternalDocumentation omitempty
 example 36 *json omitempty
 nullable 37 bool omitempty
 x-kubernetes-preserve-unknown-fields 38 *bool omitempty
 x-kubernetes-embedded-resource 39 bool omitempty
 x-kubernetes-int-or-string 40 bool omitempty
 x-kubernetes-list-map-keys 41 []string omitempty listType=atomic
 x-kubernetes-list-type 42 *string omitempty
 x-kubernetes-map-type 43 *string omitempty
 x-kubernetes-validations 44 []apiextensions.v1.ValidationRule omitempty listType=map listMapKeys=rule patchStrategy=merge patchMergeKey=rule
type apiextensions.v1.SelectableField
 jsonPath 1 string required
type apiextensions.v1.ServiceReference
 namespace 1 string required
 name 2 string required
 path 3 *string omitempty
 port 4 *int32 omitempty
type apiextensions.v1.ValidationRule
 rule 1 string required
 message 2 string omitempty
 messageExpression 3 string omitempty
 reason 4 *string@apiextensions.v1.FieldValueErrorReason omitempty
 fieldPath 5 string omitempty
 optionalOldSelf 6 *bool omitempty
type apiextensions.v1.WebhookClientConfig
 url 3 *string omitempty
 service 1 *apiextensions.v1.ServiceReference omitempty
 caBundle 2 bytes omitempty
type apiextensions.v1.WebhookConversion
 clientConfig 2 *apiextensions.v1.WebhookClientConfig omitempty
 conversionReviewVersions 3 []string required listType=atomic
type apiextensions.v1beta1.ConversionRequest
 uid 1 uid required
 desiredAPIVersion 2 string required
 objects 3 []raw required listType=atomic
type apiextensions.v1beta1.ConversionResponse
 uid 1 uid required
 convertedObjects 2 []raw required listType=atomic
 result 3 meta.v1.Status required
type apiextensions.v1beta1.ConversionReview
 kind - string omitempty
 apiVersion - string omitempty
 request 1 *apiextensions.v1beta1.ConversionRequest omitempty
 response 2 *apiextensions.v1beta1.ConversionResponse omitempty
type apiextensions.v1beta1.CustomResourceColumnDefinition
 name 1 string required
 type 2 string required
 format 3 string omitempty
 description 4 string omitempty
 priority 5 int32 omitempty
 JSONPath 6 string required
type apiextensions.v1beta1.CustomResourceConversion
 strategy 1 string@apiextensions.v1beta1.ConversionStrategyType required
 webhookClientConfig 2 *apiextensions.v1beta1.WebhookClientConfig omitempty
 conversionReviewVersions 3 []string omitempty listType=atomic
type apiextensions.v1beta1.CustomResourceDefinition
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apiextensions.v1beta1.CustomResourceDefinitionSpec required
 status 3 apiextensions.v1beta1.CustomResourceDefinitionStatus omitempty
type apiextensions.v1beta1.CustomResourceDefinitionCondition
 type 1 string@apiextensions.v1beta1.CustomResourceDefinitionConditionType required
 status 2 string@apiextensions.v1beta1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
 observedGeneration 6 int64 omitempty
type apiextensions.v1beta1.CustomResourceDefinitionList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apiextensions.v1beta1.CustomResourceDefinition required
type apiextensions.v1beta1.CustomResourceDefinitionNames
 plural 1 string required
 singular 2 string omitempty
 shortNames 3 []string omitempty listType=atomic
 kind 4 string required
 listKind 5 string omitempty
 categories 6 []string omitempty listType=atomic
type apiextensions.v1beta1.CustomResourceDefinitionSpec
 group 1 string required
 version 2 string omitempty
 names 3 apiextensions.v1beta1.CustomResourceDefinitionNames required
 scope 4 string@apiextensions.v1beta1.ResourceScope required
 validation 5 *apiextensions.v1beta1.CustomResourceValidation omitempty
 subresources 6 *apiextensions.v1beta1.CustomResourceSubresources omitempty
 versions 7 []apiextensions.v1beta1.CustomResourceDefinitionVersion omitempty listType=atomic
 additionalPrinterColumns 8 []apiextensions.v1beta1.CustomResourceColumnDefinition omitempty listType=atomic
 selectableFields 11 []apiextensions.v1beta1.SelectableField omitempty listType=atomic
 conversion 9 *apiextensions.v1beta1.CustomResourceConversion omitempty
 preserveUnknownFields 10 *bool omitempty
type apiextensions.v1beta1.CustomResourceDefinitionStatus
 conditions 1 []apiextensions.v1beta1.CustomResourceDefinitionCondition listType=map listMapKeys=type
 acceptedNames 2 apiextensions.v1beta1.CustomResourceDefinitionNames
 storedVersions 3 []string listType=atomic
 observedGeneration 4 int64 omitempty
type apiextensions.v1beta1.CustomResourceDefinitionVersion
 name 1 string required
 served 2 bool required
 storage 3 bool required
 deprecated 7 bool omitempty
 deprecationWarning 8 *string omitempty
 schema 4 *apiextensions.v1beta1.CustomResourceValidation omitempty
 subresources 5 *apiextensions.v1beta1.CustomResourceSubresources omitempty
 additionalPrinterColumns 6 []apiextensions.v1beta1.CustomResourceColumnDefinition omitempty listType=atomic
 selectableFields 9 []apiextensions.v1beta1.SelectableField omitempty listType=atomic
type apiextensions.v1beta1.CustomResourceSubresourceScale
 specReplicasPath 1 string required
 statusReplicasPath 2 string required
 labelSelectorPath 3 *string omitempty
type apiextensions.v1beta1.CustomResourceSubresourceStatus
type apiextensions.v1beta1.CustomResourceSubresources
 status 1 *apiextensions.v1beta1.CustomResourceSubresourceStatus omitempty
 scale 2 *apiextensions.v1beta1.CustomResourceSubresourceScale omitempty
type apiextensions.v1beta1.CustomResourceValidation
 openAPIV3Schema 1 *apiextensions.v1beta1.JSONSchemaProps omitempty
type apiextensions.v1beta1.ExternalDocumentation
 description 1 string omitempty
 url 2 string omitempty
type apiextensions.v1beta1.JSONSchemaProps
 id 1 string omitempty
 $schema 2 string@apiextensions.v1beta1.JSONSchemaURL omitempty
 $ref 3 *string omitempty
 description 4 string omitempty
 type 5 string omitempty
 format 6 string omitempty
 title 7 string omitempty
 default 8 *json omitempty
 maximum 9 *float64 omitempty
 exclusiveMaximum 10 bool omitempty
 minimum 11 *float64 omitempty
 exclusiveMinimum 12 bool omitempty
 maxLength 13 *int64 omitempty
 minLength 14 *int64 omitempty
 pattern 15 string omitempty
 maxItems 16 *int64 omitempty
 minItems 17 *int64 omitempty
 uniqueItems 18 bool omitempty
 multipleOf 19 *float64 omitempty
 enum 20 []json omitempty listType=atomic
 maxProperties 21 *int64 omitempty
 minProperties 22 *int64 omitempty
 required 23 []string omitempty listType=atomic
 items 24 *jsonSchemaPropsOrArray omitempty
 allOf 25 []apiextensions.v1beta1.JSONSchemaProps omitempty listType=atomic
 oneOf 26 []apiextensions.v1beta1.JSONSchemaProps omitempty listType=atomic
 anyOf 27 []apiextensions.v1beta1.JSONSchemaProps omitempty listType=atomic
 not 28 *apiextensions.v1beta1.JSONSchemaProps omitempty
 properties 29 {}apiextensions.v1beta1.JSONSchemaProps omitempty
 additionalProperties 30 *jsonSchemaPropsOrBool omitempty
 patternProperties 31 {}apiextensions.v1beta1.JSONSchemaProps omitempty
 dependencies 32 {}jsonSchemaPropsOrStringArray omitempty
 additionalItems 33 *jsonSchemaPropsOrBool omitempty
 definitions 34 {}apiextensions.v1beta1.JSONSchemaProps omitempty
 externalDocs 35 *apiextensions.v1beta1.ExternalDocumentation omitempty
 example 36 *json omitempty
 nullable 37 bool omitempty
 x-kubernetes-preserve-unknown-fields 38 *bool omitempty
 x-kubernetes-embedded-resource 39 bool omitempty
 x-kubernetes-int-or-string 40 bool omitempty
 x-kubernetes-list-map-keys 41 []string omitempty listType=atomic
 x-kubernetes-list-type 42 *string omitempty
 x-kubernetes-map-type 43 *string omitempty
 x-kubernetes-validations 44 []apiextensions.v1beta1.ValidationRule omitempty listType=map listMapKeys=rule patchStrategy=merge patchMergeKey=rule
type apiextensions.v1beta1.SelectableField
 jsonPath 1 string required
type apiextensions.v1beta1.ServiceReference
 namespace 1 string required
 name 2 string required
 path 3 *string omitempty
 port 4 *int32 omitempty
type apiextensions.v1beta1.ValidationRule
 rule 1 string required
 message 2 string omitempty
 messageExpression 3 string omitempty
 reason 4 *string@apiextensions.v1beta1.FieldValueErrorReason omitempty
 fieldPath 5 string omitempty
 optionalOldSelf 6 *bool omitempty
type apiextensions.v1beta1.WebhookClientConfig
 url 3 *string omitempty
 service 1 *apiextensions.v1beta1.ServiceReference omitempty
 caBundle 2 bytes omitempty
type apiregistration.v1.APIService
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apiregistration.v1.APIServiceSpec omitempty
 status 3 apiregistration.v1.APIServiceStatus omitempty
type apiregistration.v1.APIServiceCondition
 type 1 string@apiregistration.v1.APIServiceConditionType required
 status 2 string@apiregistration.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apiregistration.v1.APIServiceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apiregistration.v1.APIService required
type apiregistration.v1.APIServiceSpec
 service 1 *apiregistration.v1.ServiceReference omitempty
 group 2 string omitempty
 version 3 string omitempty
 insecureSkipTLSVerify 4 bool omitempty
 caBundle 5 bytes omitempty listType=atomic
 groupPriorityMinimum 7 int32 required
 versionPriority 8 int32 required
type apiregistration.v1.APIServiceStatus
 conditions 1 []apiregistration.v1.APIServiceCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type apiregistration.v1.ServiceReference
 namespace 1 string omitempty
 name 2 string omitempty
 port 3 *int32 omitempty
type apiregistration.v1beta1.APIService
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apiregistration.v1beta1.APIServiceSpec omitempty
 status 3 apiregistration.v1beta1.APIServiceStatus omitempty
type apiregistration.v1beta1.APIServiceCondition
 type 1 string@apiregistration.v1beta1.APIServiceConditionType required
 status 2 string@apiregistration.v1beta1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apiregistration.v1beta1.APIServiceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apiregistration.v1beta1.APIService required
type apiregistration.v1beta1.APIServiceSpec
 service 1 *apiregistration.v1beta1.ServiceReference omitempty
 group 2 string omitempty
 version 3 string omitempty
 insecureSkipTLSVerify 4 bool omitempty
 caBundle 5 bytes omitempty listType=atomic
 groupPriorityMinimum 7 int32 required
 versionPriority 8 int32 required
type apiregistration.v1beta1.APIServiceStatus
 conditions 1 []apiregistration.v1beta1.APIServiceCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type apiregistration.v1beta1.ServiceReference
 namespace 1 string omitempty
 name 2 string omitempty
 port 3 *int32 omitempty
type apiserverinternal.v1alpha1.ServerStorageVersion
 apiServerID 1 string required omitempty
 encodingVersion 2 string required omitempty
 decodableVersions 3 []string required omitempty listType=set
 servedVersions 4 []string omitempty listType=set
type apiserverinternal.v1alpha1.StorageVersion
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta required omitempty
 spec 2 apiserverinternal.v1alpha1.StorageVersionSpec
 status 3 apiserverinternal.v1alpha1.StorageVersionStatus
type apiserverinternal.v1alpha1.StorageVersionCondition
 type 1 string@apiserverinternal.v1alpha1.StorageVersionConditionType required
 status 2 string@apiserverinternal.v1alpha1.ConditionStatus required
 observedGeneration 3 int64 omitempty
 lastTransitionTime 4 time omitempty
 reason 5 string required
 message 6 string required omitempty
type apiserverinternal.v1alpha1.StorageVersionList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apiserverinternal.v1alpha1.StorageVersion required
type apiserverinternal.v1alpha1.StorageVersionSpec
type apiserverinternal.v1alpha1.StorageVersionStatus
 storageVersions 1 []apiserverinternal.v1alpha1.ServerStorageVersion omitempty listType=map listMapKeys=apiServerID
 commonEncodingVersion 2 *string omitempty
 conditions 3 []apiserverinternal.v1alpha1.StorageVersionCondition omitempty listType=map listMapKeys=type
type apps.v1.ControllerRevision
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 data 2 raw omitempty
 revision 3 int64 required
type apps.v1.ControllerRevisionList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1.ControllerRevision required
type apps.v1.DaemonSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1.DaemonSetSpec omitempty
 status 3 apps.v1.DaemonSetStatus omitempty
type apps.v1.DaemonSetCondition
 type 1 string@apps.v1.DaemonSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1.DaemonSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1.DaemonSet required
type apps.v1.DaemonSetSpec
 selector 1 *meta.v1.LabelSelector required
 template 2 core.v1.PodTemplateSpec required
 updateStrategy 3 apps.v1.DaemonSetUpdateStrategy omitempty
 minReadySeconds 4 int32 omitempty
 revisionHistoryLimit 6 *int32 omitempty
type apps.v1.DaemonSetStatus
 currentNumberScheduled 1 int32 required
 numberMisscheduled 2 int32 required
 desiredNumberScheduled 3 int32 required
 numberReady 4 int32 required
 observedGeneration 5 int64 omitempty
 updatedNumberScheduled 6 int32 omitempty
 numberAvailable 7 int32 omitempty
 numberUnavailable 8 int32 omitempty
 collisionCount 9 *int32 omitempty
 conditions 10 []apps.v1.DaemonSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type apps.v1.DaemonSetUpdateStrategy
 type 1 string@apps.v1.DaemonSetUpdateStrategyType omitempty
 rollingUpdate 2 *apps.v1.RollingUpdateDaemonSet omitempty
type apps.v1.Deployment
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1.DeploymentSpec omitempty
 status 3 apps.v1.DeploymentStatus omitempty
type apps.v1.DeploymentCondition
 type 1 string@apps.v1.DeploymentConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastUpdateTime 6 time omitempty
 lastTransitionTime 7 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1.DeploymentList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1.Deployment required
type apps.v1.DeploymentSpec
 replicas 1 *int32 omitempty
 selector 2 *meta.v1.LabelSelector required
 template 3 core.v1.PodTemplateSpec required
 strategy 4 apps.v1.DeploymentStrategy omitempty patchStrategy=retainKeys
 minReadySeconds 5 int32 omitempty
 revisionHistoryLimit 6 *int32 omitempty
 paused 7 bool omitempty
 progressDeadlineSeconds 9 *int32 omitempty
type apps.v1.DeploymentStatus
 observedGeneration 1 int64 omitempty
 replicas 2 int32 omitempty
 updatedReplicas 3 int32 omitempty
 readyReplicas 7 int32 omitempty
 availableReplicas 4 int32 omitempty
 unavailableReplicas 5 int32 omitempty
 terminatingReplicas 9 *int32 omitempty
 conditions 6 []apps.v1.DeploymentCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 collisionCount 8 *int32 omitempty
type apps.v1.DeploymentStrategy
 type 1 string@apps.v1.DeploymentStrategyType omitempty
 rollingUpdate 2 *apps.v1.RollingUpdateDeployment omitempty
type apps.v1.ReplicaSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1.ReplicaSetSpec omitempty
 status 3 apps.v1.ReplicaSetStatus omitempty
type apps.v1.ReplicaSetCondition
 type 1 string@apps.v1.ReplicaSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1.ReplicaSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1.ReplicaSet required
type apps.v1.ReplicaSetSpec
 replicas 1 *int32 omitempty
 minReadySeconds 4 int32 omitempty
 selector 2 *meta.v1.LabelSelector required
 template 3 core.v1.PodTemplateSpec omitempty
type apps.v1.ReplicaSetStatus
 replicas 1 int32 required
 fullyLabeledReplicas 2 int32 omitempty
 readyReplicas 4 int32 omitempty
 availableReplicas 5 int32 omitempty
 terminatingReplicas 7 *int32 omitempty
 observedGeneration 3 int64 omitempty
 conditions 6 []apps.v1.ReplicaSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type apps.v1.RollingUpdateDaemonSet
 maxUnavailable 1 *intOrString omitempty
 maxSurge 2 *intOrString omitempty
type apps.v1.RollingUpdateDeployment
 maxUnavailable 1 *intOrString omitempty
 maxSurge 2 *intOrString omitempty
type apps.v1.RollingUpdateStatefulSetStrategy
 partition 1 *int32 omitempty
 maxUnavailable 2 *intOrString omitempty
type apps.v1.StatefulSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1.StatefulSetSpec omitempty
 status 3 apps.v1.StatefulSetStatus omitempty
type apps.v1.StatefulSetCondition
 type 1 string@apps.v1.StatefulSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1.StatefulSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1.StatefulSet required
type apps.v1.StatefulSetOrdinals
 start 1 int32
type apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy
 whenDeleted 1 string@apps.v1.PersistentVolumeClaimRetentionPolicyType omitempty
 whenScaled 2 string@apps.v1.PersistentVolumeClaimRetentionPolicyType omitempty
type apps.v1.StatefulSetSpec
 replicas 1 *int32 omitempty
 selector 2 *meta.v1.LabelSelector required
 template 3 core.v1.PodTemplateSpec required
 volumeClaimTemplates 4 []core.v1.PersistentVolumeClaim omitempty listType=atomic
 serviceName 5 string
 podManagementPolicy 6 string@apps.v1.PodManagementPolicyType omitempty
 updateStrategy 7 apps.v1.StatefulSetUpdateStrategy omitempty
 revisionHistoryLimit 8 *int32 omitempty
 minReadySeconds 9 int32 omitempty
 persistentVolumeClaimRetentionPolicy 10 *apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy omitempty
 ordinals 11 *apps.v1.StatefulSetOrdinals omitempty
type apps.v1.StatefulSetStatus
 observedGeneration 1 int64 omitempty
 replicas 2 int32 required
 readyReplicas 3 int32 omitempty
 currentReplicas 4 int32 omitempty
 updatedReplicas 5 int32 omitempty
 currentRevision 6 string omitempty
 updateRevision 7 string omitempty
 collisionCount 9 *int32 omitempty
 conditions 10 []apps.v1.StatefulSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 availableReplicas 11 int32
type apps.v1.StatefulSetUpdateStrategy
 type 1 string@apps.v1.StatefulSetUpdateStrategyType omitempty
 rollingUpdate 2 *apps.v1.RollingUpdateStatefulSetStrategy omitempty
type apps.v1beta1.ControllerRevision
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 data 2 raw omitempty
 revision 3 int64 required
type apps.v1beta1.ControllerRevisionList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1beta1.ControllerRevision required
type apps.v1beta1.Deployment
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1beta1.DeploymentSpec omitempty
 status 3 apps.v1beta1.DeploymentStatus omitempty
type apps.v1beta1.DeploymentCondition
 type 1 string@apps.v1beta1.DeploymentConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastUpdateTime 6 time omitempty
 lastTransitionTime 7 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1beta1.DeploymentList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1beta1.Deployment required
type apps.v1beta1.DeploymentRollback
 kind - string omitempty
 apiVersion - string omitempty
 name 1 string required
 updatedAnnotations 2 {}string omitempty
 rollbackTo 3 apps.v1beta1.RollbackConfig required
type apps.v1beta1.DeploymentSpec
 replicas 1 *int32 omitempty
 selector 2 *meta.v1.LabelSelector omitempty
 template 3 core.v1.PodTemplateSpec required
 strategy 4 apps.v1beta1.DeploymentStrategy omitempty patchStrategy=retainKeys
 minReadySeconds 5 int32 omitempty
 revisionHistoryLimit 6 *int32 omitempty
 paused 7 bool omitempty
 rollbackTo 8 *apps.v1beta1.RollbackConfig omitempty
 progressDeadlineSeconds 9 *int32 omitempty
type apps.v1beta1.DeploymentStatus
 observedGeneration 1 int64 omitempty
 replicas 2 int32 omitempty
 updatedReplicas 3 int32 omitempty
 readyReplicas 7 int32 omitempty
 availableReplicas 4 int32 omitempty
 unavailableReplicas 5 int32 omitempty
 terminatingReplicas 9 *int32 omitempty
 conditions 6 []apps.v1beta1.DeploymentCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 collisionCount 8 *int32 omitempty
type apps.v1beta1.DeploymentStrategy
 type 1 string@apps.v1beta1.DeploymentStrategyType omitempty
 rollingUpdate 2 *apps.v1beta1.RollingUpdateDeployment omitempty
type apps.v1beta1.RollbackConfig
 revision 1 int64 omitempty
type apps.v1beta1.RollingUpdateDeployment
 maxUnavailable 1 *intOrString omitempty
 maxSurge 2 *intOrString omitempty
type apps.v1beta1.RollingUpdateStatefulSetStrategy
 partition 1 *int32 omitempty
 maxUnavailable 2 *intOrString omitempty
type apps.v1beta1.Scale
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1beta1.ScaleSpec omitempty
 status 3 apps.v1beta1.ScaleStatus omitempty
type apps.v1beta1.ScaleSpec
 replicas 1 int32 omitempty default=0
type apps.v1beta1.ScaleStatus
 replicas 1 int32 required
 selector 2 {}string omitempty
 targetSelector 3 string omitempty
type apps.v1beta1.StatefulSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1beta1.StatefulSetSpec omitempty
 status 3 apps.v1beta1.StatefulSetStatus omitempty
type apps.v1beta1.StatefulSetCondition
 type 1 string@apps.v1beta1.StatefulSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1beta1.StatefulSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1beta1.StatefulSet required
type apps.v1beta1.StatefulSetOrdinals
 start 1 int32
type apps.v1beta1.StatefulSetPersistentVolumeClaimRetentionPolicy
 whenDeleted 1 string@apps.v1beta1.PersistentVolumeClaimRetentionPolicyType omitempty
 whenScaled 2 string@apps.v1beta1.PersistentVolumeClaimRetentionPolicyType omitempty
type apps.v1beta1.StatefulSetSpec
 replicas 1 *int32 omitempty
 selector 2 *meta.v1.LabelSelector omitempty
 template 3 core.v1.PodTemplateSpec required
 volumeClaimTemplates 4 []core.v1.PersistentVolumeClaim omitempty listType=atomic
 serviceName 5 string
 podManagementPolicy 6 string@apps.v1beta1.PodManagementPolicyType omitempty
 updateStrategy 7 apps.v1beta1.StatefulSetUpdateStrategy omitempty
 revisionHistoryLimit 8 *int32 omitempty
 minReadySeconds 9 int32 omitempty
 persistentVolumeClaimRetentionPolicy 10 *apps.v1beta1.StatefulSetPersistentVolumeClaimRetentionPolicy omitempty
 ordinals 11 *apps.v1beta1.StatefulSetOrdinals omitempty
type apps.v1beta1.StatefulSetStatus
 observedGeneration 1 *int64 omitempty
 replicas 2 int32 required
 readyReplicas 3 int32 omitempty
 currentReplicas 4 int32 omitempty
 updatedReplicas 5 int32 omitempty
 currentRevision 6 string omitempty
 updateRevision 7 string omitempty
 collisionCount 9 *int32 omitempty
 conditions 10 []apps.v1beta1.StatefulSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 availableReplicas 11 int32
type apps.v1beta1.StatefulSetUpdateStrategy
 type 1 string@apps.v1beta1.StatefulSetUpdateStrategyType omitempty
 rollingUpdate 2 *apps.v1beta1.RollingUpdateStatefulSetStrategy omitempty
type apps.v1beta2.ControllerRevision
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 data 2 raw omitempty
 revision 3 int64 required
type apps.v1beta2.ControllerRevisionList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1beta2.ControllerRevision required
type apps.v1beta2.DaemonSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1beta2.DaemonSetSpec omitempty
 status 3 apps.v1beta2.DaemonSetStatus omitempty
type apps.v1beta2.DaemonSetCondition
 type 1 string@apps.v1beta2.DaemonSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1beta2.DaemonSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1beta2.DaemonSet required
type apps.v1beta2.DaemonSetSpec
 selector 1 *meta.v1.LabelSelector required
 template 2 core.v1.PodTemplateSpec required
 updateStrategy 3 apps.v1beta2.DaemonSetUpdateStrategy omitempty
 minReadySeconds 4 int32 omitempty
 revisionHistoryLimit 6 *int32 omitempty
type apps.v1beta2.DaemonSetStatus
 currentNumberScheduled 1 int32 required
 numberMisscheduled 2 int32 required
 desiredNumberScheduled 3 int32 required
 numberReady 4 int32 required
 observedGeneration 5 int64 omitempty
 updatedNumberScheduled 6 int32 omitempty
 numberAvailable 7 int32 omitempty
 numberUnavailable 8 int32 omitempty
 collisionCount 9 *int32 omitempty
 conditions 10 []apps.v1beta2.DaemonSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type apps.v1beta2.DaemonSetUpdateStrategy
 type 1 string@apps.v1beta2.DaemonSetUpdateStrategyType omitempty
 rollingUpdate 2 *apps.v1beta2.RollingUpdateDaemonSet omitempty
type apps.v1beta2.Deployment
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1beta2.DeploymentSpec omitempty
 status 3 apps.v1beta2.DeploymentStatus omitempty
type apps.v1beta2.DeploymentCondition
 type 1 string@apps.v1beta2.DeploymentConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastUpdateTime 6 time omitempty
 lastTransitionTime 7 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1beta2.DeploymentList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1beta2.Deployment required
type apps.v1beta2.DeploymentSpec
 replicas 1 *int32 omitempty
 selector 2 *meta.v1.LabelSelector required
 template 3 core.v1.PodTemplateSpec required
 strategy 4 apps.v1beta2.DeploymentStrategy omitempty patchStrategy=retainKeys
 minReadySeconds 5 int32 omitempty
 revisionHistoryLimit 6 *int32 omitempty
 paused 7 bool omitempty
 progressDeadlineSeconds 9 *int32 omitempty
type apps.v1beta2.DeploymentStatus
 observedGeneration 1 int64 omitempty
 replicas 2 int32 omitempty
 updatedReplicas 3 int32 omitempty
 readyReplicas 7 int32 omitempty
 availableReplicas 4 int32 omitempty
 unavailableReplicas 5 int32 omitempty
 terminatingReplicas 9 *int32 omitempty
 conditions 6 []apps.v1beta2.DeploymentCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 collisionCount 8 *int32 omitempty
type apps.v1beta2.DeploymentStrategy
 type 1 string@apps.v1beta2.DeploymentStrategyType omitempty
 rollingUpdate 2 *apps.v1beta2.RollingUpdateDeployment omitempty
type apps.v1beta2.ReplicaSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1beta2.ReplicaSetSpec omitempty
 status 3 apps.v1beta2.ReplicaSetStatus omitempty
type apps.v1beta2.ReplicaSetCondition
 type 1 string@apps.v1beta2.ReplicaSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1beta2.ReplicaSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1beta2.ReplicaSet required
type apps.v1beta2.ReplicaSetSpec
 replicas 1 *int32 omitempty
 minReadySeconds 4 int32 omitempty
 selector 2 *meta.v1.LabelSelector required
 template 3 core.v1.PodTemplateSpec omitempty
type apps.v1beta2.ReplicaSetStatus
 replicas 1 int32 required
 fullyLabeledReplicas 2 int32 omitempty
 readyReplicas 4 int32 omitempty
 availableReplicas 5 int32 omitempty
 terminatingReplicas 7 *int32 omitempty
 observedGeneration 3 int64 omitempty
 conditions 6 []apps.v1beta2.ReplicaSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type apps.v1beta2.RollingUpdateDaemonSet
 maxUnavailable 1 *intOrString omitempty
 maxSurge 2 *intOrString omitempty
type apps.v1beta2.RollingUpdateDeployment
 maxUnavailable 1 *intOrString omitempty
 maxSurge 2 *intOrString omitempty
type apps.v1beta2.RollingUpdateStatefulSetStrategy
 partition 1 *int32 omitempty
 maxUnavailable 2 *intOrString omitempty
type apps.v1beta2.Scale
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1beta2.ScaleSpec omitempty
 status 3 apps.v1beta2.ScaleStatus omitempty
type apps.v1beta2.ScaleSpec
 replicas 1 int32 omitempty default=0
type apps.v1beta2.ScaleStatus
 replicas 1 int32 required
 selector 2 {}string omitempty mapType=atomic
 targetSelector 3 string omitempty
type apps.v1beta2.StatefulSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 apps.v1beta2.StatefulSetSpec omitempty
 status 3 apps.v1beta2.StatefulSetStatus omitempty
type apps.v1beta2.StatefulSetCondition
 type 1 string@apps.v1beta2.StatefulSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type apps.v1beta2.StatefulSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []apps.v1beta2.StatefulSet required
type apps.v1beta2.StatefulSetOrdinals
 start 1 int32
type apps.v1beta2.StatefulSetPersistentVolumeClaimRetentionPolicy
 whenDeleted 1 string@apps.v1beta2.PersistentVolumeClaimRetentionPolicyType omitempty
 whenScaled 2 string@apps.v1beta2.PersistentVolumeClaimRetentionPolicyType omitempty
type apps.v1beta2.StatefulSetSpec
 replicas 1 *int32 omitempty
 selector 2 *meta.v1.LabelSelector required
 template 3 core.v1.PodTemplateSpec required
 volumeClaimTemplates 4 []core.v1.PersistentVolumeClaim omitempty listType=atomic
 serviceName 5 string
 podManagementPolicy 6 string@apps.v1beta2.PodManagementPolicyType omitempty
 updateStrategy 7 apps.v1beta2.StatefulSetUpdateStrategy omitempty
 revisionHistoryLimit 8 *int32 omitempty
 minReadySeconds 9 int32 omitempty
 persistentVolumeClaimRetentionPolicy 10 *apps.v1beta2.StatefulSetPersistentVolumeClaimRetentionPolicy omitempty
 ordinals 11 *apps.v1beta2.StatefulSetOrdinals omitempty
type apps.v1beta2.StatefulSetStatus
 observedGeneration 1 int64 omitempty
 replicas 2 int32 required
 readyReplicas 3 int32 omitempty
 currentReplicas 4 int32 omitempty
 updatedReplicas 5 int32 omitempty
 currentRevision 6 string omitempty
 updateRevision 7 string omitempty
 collisionCount 9 *int32 omitempty
 conditions 10 []apps.v1beta2.StatefulSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 availableReplicas 11 int32
type apps.v1beta2.StatefulSetUpdateStrategy
 type 1 string@apps.v1beta2.StatefulSetUpdateStrategyType omitempty
 rollingUpdate 2 *apps.v1beta2.RollingUpdateStatefulSetStrategy omitempty
type authentication.v1.BoundObjectReference
 kind 1 string omitempty
 apiVersion 2 string omitempty
 name 3 string omitempty
 uid 4 uid omitempty
type authentication.v1.SelfSubjectReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 status 2 authentication.v1.SelfSubjectReviewStatus omitempty
type authentication.v1.SelfSubjectReviewStatus
 userInfo 1 authentication.v1.UserInfo omitempty
type authentication.v1.TokenRequest
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authentication.v1.TokenRequestSpec
 status 3 authentication.v1.TokenRequestStatus omitempty
type authentication.v1.TokenRequestSpec
 audiences 1 []string listType=atomic
 expirationSeconds 4 *int64
 boundObjectRef 3 *authentication.v1.BoundObjectReference
type authentication.v1.TokenRequestStatus
 token 1 string
 expirationTimestamp 2 time
type authentication.v1.TokenReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authentication.v1.TokenReviewSpec required
 status 3 authentication.v1.TokenReviewStatus omitempty
type authentication.v1.TokenReviewSpec
 token 1 string required omitempty
 audiences 2 []string omitempty listType=atomic
type authentication.v1.TokenReviewStatus
 authenticated 1 bool omitempty
 user 2 authentication.v1.UserInfo omitempty
 audiences 4 []string omitempty listType=atomic
 error 3 string omitempty
type authentication.v1.UserInfo
 username 1 string omitempty
 uid 2 string omitempty
 groups 3 []string omitempty listType=atomic
 extra 4 {}<>string omitempty
type authentication.v1alpha1.SelfSubjectReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 status 2 authentication.v1alpha1.SelfSubjectReviewStatus omitempty
type authentication.v1alpha1.SelfSubjectReviewStatus
 userInfo 1 authentication.v1.UserInfo omitempty
type authentication.v1beta1.SelfSubjectReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 status 2 authentication.v1beta1.SelfSubjectReviewStatus omitempty
type authentication.v1beta1.SelfSubjectReviewStatus
 userInfo 1 authentication.v1.UserInfo omitempty
type authentication.v1beta1.TokenReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authentication.v1beta1.TokenReviewSpec required
 status 3 authentication.v1beta1.TokenReviewStatus omitempty
type authentication.v1beta1.TokenReviewSpec
 token 1 string required omitempty
 audiences 2 []string omitempty listType=atomic
type authentication.v1beta1.TokenReviewStatus
 authenticated 1 bool omitempty
 user 2 authentication.v1beta1.UserInfo omitempty
 audiences 4 []string omitempty listType=atomic
 error 3 string omitempty
type authentication.v1beta1.UserInfo
 username 1 string omitempty
 uid 2 string omitempty
 groups 3 []string omitempty listType=atomic
 extra 4 {}<>string omitempty
type authorization.v1.FieldSelectorAttributes
 rawSelector 1 string omitempty
 requirements 2 []meta.v1.FieldSelectorRequirement omitempty listType=atomic
type authorization.v1.LabelSelectorAttributes
 rawSelector 1 string omitempty
 requirements 2 []meta.v1.LabelSelectorRequirement omitempty listType=atomic
type authorization.v1.LocalSubjectAccessReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authorization.v1.SubjectAccessReviewSpec required
 status 3 authorization.v1.SubjectAccessReviewStatus omitempty
type authorization.v1.NonResourceAttributes
 path 1 string omitempty
 verb 2 string omitempty
type authorization.v1.NonResourceRule
 verbs 1 []string required listType=atomic
 nonResourceURLs 2 []string omitempty listType=atomic
type authorization.v1.ResourceAttributes
 namespace 1 string omitempty
 verb 2 string omitempty
 group 3 string omitempty
 version 4 string omitempty
 resource 5 string omitempty
 subresource 6 string omitempty
 name 7 string omitempty
 fieldSelector 8 *authorization.v1.FieldSelectorAttributes omitempty
 labelSelector 9 *authorization.v1.LabelSelectorAttributes omitempty
type authorization.v1.ResourceRule
 verbs 1 []string required listType=atomic
 apiGroups 2 []string omitempty listType=atomic
 resources 3 []string omitempty listType=atomic
 resourceNames 4 []string omitempty listType=atomic
type authorization.v1.SelfSubjectAccessReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authorization.v1.SelfSubjectAccessReviewSpec required
 status 3 authorization.v1.SubjectAccessReviewStatus omitempty
type authorization.v1.SelfSubjectAccessReviewSpec
 resourceAttributes 1 *authorization.v1.ResourceAttributes omitempty
 nonResourceAttributes 2 *authorization.v1.NonResourceAttributes omitempty
type authorization.v1.SelfSubjectRulesReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authorization.v1.SelfSubjectRulesReviewSpec required
 status 3 authorization.v1.SubjectRulesReviewStatus omitempty
type authorization.v1.SelfSubjectRulesReviewSpec
 namespace 1 string omitempty
type authorization.v1.SubjectAccessReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authorization.v1.SubjectAccessReviewSpec required
 status 3 authorization.v1.SubjectAccessReviewStatus omitempty
type authorization.v1.SubjectAccessReviewSpec
 resourceAttributes 1 *authorization.v1.ResourceAttributes omitempty
 nonResourceAttributes 2 *authorization.v1.NonResourceAttributes omitempty
 user 3 string omitempty
 groups 4 []string omitempty listType=atomic
 extra 5 {}<>string omitempty
 uid 6 string omitempty
type authorization.v1.SubjectAccessReviewStatus
 allowed 1 bool required
 denied 4 bool omitempty
 reason 2 string omitempty
 evaluationError 3 string omitempty
type authorization.v1.SubjectRulesReviewStatus
 resourceRules 1 []authorization.v1.ResourceRule required listType=atomic
 nonResourceRules 2 []authorization.v1.NonResourceRule required listType=atomic
 incomplete 3 bool required
 evaluationError 4 string omitempty
type authorization.v1beta1.LocalSubjectAccessReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authorization.v1beta1.SubjectAccessReviewSpec required
 status 3 authorization.v1beta1.SubjectAccessReviewStatus omitempty
type authorization.v1beta1.NonResourceAttributes
 path 1 string omitempty
 verb 2 string omitempty
type authorization.v1beta1.NonResourceRule
 verbs 1 []string required listType=atomic
 nonResourceURLs 2 []string omitempty listType=atomic
type authorization.v1beta1.ResourceAttributes
 namespace 1 string omitempty
 verb 2 string omitempty
 group 3 string omitempty
 version 4 string omitempty
 resource 5 string omitempty
 subresource 6 string omitempty
 name 7 string omitempty
 fieldSelector 8 *authorization.v1.FieldSelectorAttributes omitempty
 labelSelector 9 *authorization.v1.LabelSelectorAttributes omitempty
type authorization.v1beta1.ResourceRule
 verbs 1 []string required listType=atomic
 apiGroups 2 []string omitempty listType=atomic
 resources 3 []string omitempty listType=atomic
 resourceNames 4 []string omitempty listType=atomic
type authorization.v1beta1.SelfSubjectAccessReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authorization.v1beta1.SelfSubjectAccessReviewSpec required
 status 3 authorization.v1beta1.SubjectAccessReviewStatus omitempty
type authorization.v1beta1.SelfSubjectAccessReviewSpec
 resourceAttributes 1 *authorization.v1beta1.ResourceAttributes omitempty
 nonResourceAttributes 2 *authorization.v1beta1.NonResourceAttributes omitempty
type authorization.v1beta1.SelfSubjectRulesReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authorization.v1beta1.SelfSubjectRulesReviewSpec required
 status 3 authorization.v1beta1.SubjectRulesReviewStatus omitempty
type authorization.v1beta1.SelfSubjectRulesReviewSpec
 namespace 1 string omitempty
type authorization.v1beta1.SubjectAccessReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 authorization.v1beta1.SubjectAccessReviewSpec required
 status 3 authorization.v1beta1.SubjectAccessReviewStatus omitempty
type authorization.v1beta1.SubjectAccessReviewSpec
 resourceAttributes 1 *authorization.v1beta1.ResourceAttributes omitempty
 nonResourceAttributes 2 *authorization.v1beta1.NonResourceAttributes omitempty
 user 3 string omitempty
 group 4 []string omitempty listType=atomic
 extra 5 {}<>string omitempty
 uid 6 string omitempty
type authorization.v1beta1.SubjectAccessReviewStatus
 allowed 1 bool required
 denied 4 bool omitempty
 reason 2 string omitempty
 evaluationError 3 string omitempty
type authorization.v1beta1.SubjectRulesReviewStatus
 resourceRules 1 []authorization.v1beta1.ResourceRule required listType=atomic
 nonResourceRules 2 []authorization.v1beta1.NonResourceRule required listType=atomic
 incomplete 3 bool required
 evaluationError 4 string omitempty
type autoscaling.v1.ContainerResourceMetricSource
 name 1 string@core.v1.ResourceName required
 targetAverageUtilization 2 *int32 omitempty
 targetAverageValue 3 *quantity omitempty
 container 5 string required
type autoscaling.v1.ContainerResourceMetricStatus
 name 1 string@core.v1.ResourceName required
 currentAverageUtilization 2 *int32 omitempty
 currentAverageValue 3 quantity required
 container 4 string required
type autoscaling.v1.CrossVersionObjectReference structType=atomic
 kind 1 string required
 name 2 string required
 apiVersion 3 string omitempty
type autoscaling.v1.ExternalMetricSource
 metricName 1 string required
 metricSelector 2 *meta.v1.LabelSelector omitempty
 targetValue 3 *quantity omitempty
 targetAverageValue 4 *quantity omitempty
type autoscaling.v1.ExternalMetricStatus
 metricName 1 string required
 metricSelector 2 *meta.v1.LabelSelector omitempty
 currentValue 3 quantity required
 currentAverageValue 4 *quantity omitempty
type autoscaling.v1.HorizontalPodAutoscaler
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 autoscaling.v1.HorizontalPodAutoscalerSpec required omitempty
 status 3 autoscaling.v1.HorizontalPodAutoscalerStatus omitempty
type autoscaling.v1.HorizontalPodAutoscalerCondition
 type 1 string@autoscaling.v1.HorizontalPodAutoscalerConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type autoscaling.v1.HorizontalPodAutoscalerList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []autoscaling.v1.HorizontalPodAutoscaler required
type autoscaling.v1.HorizontalPodAutoscalerSpec
 scaleTargetRef 1 autoscaling.v1.CrossVersionObjectReference required
 minReplicas 2 *int32 omitempty
 maxReplicas 3 int32 required
 targetCPUUtilizationPercentage 4 *int32 omitempty
type autoscaling.v1.HorizontalPodAutoscalerStatus
 observedGeneration 1 *int64 omitempty
 lastScaleTime 2 *time omitempty
 currentReplicas 3 int32 required
 desiredReplicas 4 int32 required
 currentCPUUtilizationPercentage 5 *int32 omitempty
type autoscaling.v1.MetricSpec
 type 1 string@autoscaling.v1.MetricSourceType required
 object 2 *autoscaling.v1.ObjectMetricSource omitempty
 pods 3 *autoscaling.v1.PodsMetricSource omitempty
 resource 4 *autoscaling.v1.ResourceMetricSource omitempty
 containerResource 7 *autoscaling.v1.ContainerResourceMetricSource omitempty
 external 5 *autoscaling.v1.ExternalMetricSource omitempty
type autoscaling.v1.MetricStatus
 type 1 string@autoscaling.v1.MetricSourceType required
 object 2 *autoscaling.v1.ObjectMetricStatus omitempty
 pods 3 *autoscaling.v1.PodsMetricStatus omitempty
 resource 4 *autoscaling.v1.ResourceMetricStatus omitempty
 containerResource 7 *autoscaling.v1.ContainerResourceMetricStatus omitempty
 external 5 *autoscaling.v1.ExternalMetricStatus omitempty
type autoscaling.v1.ObjectMetricSource
 target 1 autoscaling.v1.CrossVersionObjectReference required
 metricName 2 string required
 targetValue 3 quantity required
 selector 4 *meta.v1.LabelSelector omitempty
 averageValue 5 *quantity omitempty
type autoscaling.v1.ObjectMetricStatus
 target 1 autoscaling.v1.CrossVersionObjectReference required
 metricName 2 string required
 currentValue 3 quantity required
 selector 4 *meta.v1.LabelSelector omitempty
 averageValue 5 *quantity omitempty
type autoscaling.v1.PodsMetricSource
 metricName 1 string required
 targetAverageValue 2 quantity required
 selector 3 *meta.v1.LabelSelector omitempty
type autoscaling.v1.PodsMetricStatus
 metricName 1 string required
 currentAverageValue 2 quantity required
 selector 3 *meta.v1.LabelSelector omitempty
type autoscaling.v1.ResourceMetricSource
 name 1 string@core.v1.ResourceName required
 targetAverageUtilization 2 *int32 omitempty
 targetAverageValue 3 *quantity omitempty
type autoscaling.v1.ResourceMetricStatus
 name 1 string@core.v1.ResourceName required
 currentAverageUtilization 2 *int32 omitempty
 currentAverageValue 3 quantity required
type autoscaling.v1.Scale
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 autoscaling.v1.ScaleSpec omitempty
 status 3 autoscaling.v1.ScaleStatus omitempty
type autoscaling.v1.ScaleSpec
 replicas 1 int32 omitempty default=0
type autoscaling.v1.ScaleStatus
 replicas 1 int32 required
 selector 2 string omitempty
type autoscaling.v2.ContainerResourceMetricSource
 name 1 string@core.v1.ResourceName required
 target 2 autoscaling.v2.MetricTarget required
 container 3 string required
type autoscaling.v2.ContainerResourceMetricStatus
 name 1 string@core.v1.ResourceName required
 current 2 autoscaling.v2.MetricValueStatus required
 container 3 string required
type autoscaling.v2.CrossVersionObjectReference
 kind 1 string required
 name 2 string required
 apiVersion 3 string omitempty
type autoscaling.v2.ExternalMetricSource
 metric 1 autoscaling.v2.MetricIdentifier required
 target 2 autoscaling.v2.MetricTarget required
type autoscaling.v2.ExternalMetricStatus
 metric 1 autoscaling.v2.MetricIdentifier required
 current 2 autoscaling.v2.MetricValueStatus required
type autoscaling.v2.HPAScalingPolicy
 type 1 string@autoscaling.v2.HPAScalingPolicyType required
 value 2 int32 required
 periodSeconds 3 int32 required
type autoscaling.v2.HPAScalingRules
 stabilizationWindowSeconds 3 *int32 omitempty
 selectPolicy 1 *string@autoscaling.v2.ScalingPolicySelect omitempty
 policies 2 []autoscaling.v2.HPAScalingPolicy omitempty listType=atomic
 tolerance 4 *quantity omitempty
type autoscaling.v2.HorizontalPodAutoscaler
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 autoscaling.v2.HorizontalPodAutoscalerSpec required omitempty
 status 3 autoscaling.v2.HorizontalPodAutoscalerStatus omitempty
type autoscaling.v2.HorizontalPodAutoscalerBehavior
 scaleUp 1 *autoscaling.v2.HPAScalingRules omitempty
 scaleDown 2 *autoscaling.v2.HPAScalingRules omitempty
type autoscaling.v2.HorizontalPodAutoscalerCondition
 type 1 string@autoscaling.v2.HorizontalPodAutoscalerConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type autoscaling.v2.HorizontalPodAutoscalerList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []autoscaling.v2.HorizontalPodAutoscaler required
type autoscaling.v2.HorizontalPodAutoscalerSpec
 scaleTargetRef 1 autoscaling.v2.CrossVersionObjectReference required
 minReplicas 2 *int32 omitempty
 maxReplicas 3 int32 required
 metrics 4 []autoscaling.v2.MetricSpec omitempty listType=atomic
 behavior 5 *autoscaling.v2.HorizontalPodAutoscalerBehavior omitempty
type autoscaling.v2.HorizontalPodAutoscalerStatus
 observedGeneration 1 *int64 omitempty
 lastScaleTime 2 *time omitempty
 currentReplicas 3 int32 omitempty
 desiredReplicas 4 int32 required
 currentMetrics 5 []autoscaling.v2.MetricStatus listType=atomic
 conditions 6 []autoscaling.v2.HorizontalPodAutoscalerCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type autoscaling.v2.MetricIdentifier
 name 1 string required
 selector 2 *meta.v1.LabelSelector omitempty
type autoscaling.v2.MetricSpec
 type 1 string@autoscaling.v2.MetricSourceType required
 object 2 *autoscaling.v2.ObjectMetricSource omitempty
 pods 3 *autoscaling.v2.PodsMetricSource omitempty
 resource 4 *autoscaling.v2.ResourceMetricSource omitempty
 containerResource 7 *autoscaling.v2.ContainerResourceMetricSource omitempty
 external 5 *autoscaling.v2.ExternalMetricSource omitempty
type autoscaling.v2.MetricStatus
 type 1 string@autoscaling.v2.MetricSourceType required
 object 2 *autoscaling.v2.ObjectMetricStatus omitempty
 pods 3 *autoscaling.v2.PodsMetricStatus omitempty
 resource 4 *autoscaling.v2.ResourceMetricStatus omitempty
 containerResource 7 *autoscaling.v2.ContainerResourceMetricStatus omitempty
 external 5 *autoscaling.v2.ExternalMetricStatus omitempty
type autoscaling.v2.MetricTarget
 type 1 string@autoscaling.v2.MetricTargetType required
 value 2 *quantity omitempty
 averageValue 3 *quantity omitempty
 averageUtilization 4 *int32 omitempty
type autoscaling.v2.MetricValueStatus
 value 1 *quantity omitempty
 averageValue 2 *quantity omitempty
 averageUtilization 3 *int32 omitempty
type autoscaling.v2.ObjectMetricSource
 describedObject 1 autoscaling.v2.CrossVersionObjectReference required
 target 2 autoscaling.v2.MetricTarget required
 metric 3 autoscaling.v2.MetricIdentifier required
type autoscaling.v2.ObjectMetricStatus
 metric 1 autoscaling.v2.MetricIdentifier required
 current 2 autoscaling.v2.MetricValueStatus required
 describedObject 3 autoscaling.v2.CrossVersionObjectReference required
type autoscaling.v2.PodsMetricSource
 metric 1 autoscaling.v2.MetricIdentifier required
 target 2 autoscaling.v2.MetricTarget required
type autoscaling.v2.PodsMetricStatus
 metric 1 autoscaling.v2.MetricIdentifier required
 current 2 autoscaling.v2.MetricValueStatus required
type autoscaling.v2.ResourceMetricSource
 name 1 string@core.v1.ResourceName required
 target 2 autoscaling.v2.MetricTarget required
type autoscaling.v2.ResourceMetricStatus
 name 1 string@core.v1.ResourceName required
 current 2 autoscaling.v2.MetricValueStatus required
type batch.v1.CronJob
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 batch.v1.CronJobSpec required omitempty
 status 3 batch.v1.CronJobStatus omitempty
type batch.v1.CronJobList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []batch.v1.CronJob required
type batch.v1.CronJobSpec
 schedule 1 string required
 timeZone 8 *string omitempty
 startingDeadlineSeconds 2 *int64 omitempty
 concurrencyPolicy 3 string@batch.v1.ConcurrencyPolicy omitempty
 suspend 4 *bool omitempty
 jobTemplate 5 batch.v1.JobTemplateSpec required
 successfulJobsHistoryLimit 6 *int32 omitempty
 failedJobsHistoryLimit 7 *int32 omitempty
type batch.v1.CronJobStatus
 active 1 []core.v1.ObjectReference omitempty listType=atomic
 lastScheduleTime 4 *time omitempty
 lastSuccessfulTime 5 *time omitempty
type batch.v1.Job
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 batch.v1.JobSpec omitempty
 status 3 batch.v1.JobStatus omitempty
type batch.v1.JobCondition
 type 1 string@batch.v1.JobConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastProbeTime 3 time omitempty
 lastTransitionTime 4 time omitempty
 reason 5 string omitempty
 message 6 string omitempty
type batch.v1.JobList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []batch.v1.Job required
type batch.v1.JobSpec
 parallelism 1 *int32 omitempty
 completions 2 *int32 omitempty
 activeDeadlineSeconds 3 *int64 omitempty
 podFailurePolicy 11 *batch.v1.PodFailurePolicy omitempty
 successPolicy 16 *batch.v1.SuccessPolicy omitempty
 backoffLimit 7 *int32 omitempty
 backoffLimitPerIndex 12 *int32 omitempty
 maxFailedIndexes 13 *int32 omitempty
 selector 4 *meta.v1.LabelSelector omitempty
 manualSelector 5 *bool omitempty
 template 6 core.v1.PodTemplateSpec required
 ttlSecondsAfterFinished 8 *int32 omitempty
 completionMode 9 *string@batch.v1.CompletionMode omitempty
 suspend 10 *bool omitempty
 podReplacementPolicy 14 *string@batch.v1.PodReplacementPolicy omitempty
 managedBy 15 *string omitempty
type batch.v1.JobStatus
 conditions 1 []batch.v1.JobCondition omitempty listType=atomic patchStrategy=merge patchMergeKey=type
 startTime 2 *time omitempty
 completionTime 3 *time omitempty
 active 4 int32 omitempty
 succeeded 5 int32 omitempty
 failed 6 int32 omitempty
 terminating 11 *int32 omitempty
 completedIndexes 7 string omitempty
 failedIndexes 10 *string omitempty
 uncountedTerminatedPods 8 *batch.v1.UncountedTerminatedPods omitempty
 ready 9 *int32 omitempty
type batch.v1.JobTemplateSpec
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 batch.v1.JobSpec omitempty
type batch.v1.PodFailurePolicy
 rules 1 []batch.v1.PodFailurePolicyRule required listType=atomic
type batch.v1.PodFailurePolicyOnExitCodesRequirement
 containerName 1 *string omitempty
 operator 2 string@batch.v1.PodFailurePolicyOnExitCodesOperator required
 values 3 []int32 required listType=set
type batch.v1.PodFailurePolicyOnPodConditionsPattern
 type 1 string@core.v1.PodConditionType required
 status 2 string@core.v1.ConditionStatus
type batch.v1.PodFailurePolicyRule
 action 1 string@batch.v1.PodFailurePolicyAction required
 onExitCodes 2 *batch.v1.PodFailurePolicyOnExitCodesRequirement omitempty
 onPodConditions 3 []batch.v1.PodFailurePolicyOnPodConditionsPattern omitempty listType=atomic
type batch.v1.SuccessPolicy
 rules 1 []batch.v1.SuccessPolicyRule required listType=atomic
type batch.v1.SuccessPolicyRule
 succeededIndexes 1 *string omitempty
 succeededCount 2 *int32 omitempty
type batch.v1.UncountedTerminatedPods
 succeeded 1 []uid omitempty listType=set
 failed 2 []uid omitempty listType=set
type batch.v1beta1.CronJob
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 batch.v1beta1.CronJobSpec required omitempty
 status 3 batch.v1beta1.CronJobStatus omitempty
type batch.v1beta1.CronJobList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []batch.v1beta1.CronJob required
type batch.v1beta1.CronJobSpec
 schedule 1 string required
 timeZone 8 *string omitempty
 startingDeadlineSeconds 2 *int64 omitempty
 concurrencyPolicy 3 string@batch.v1beta1.ConcurrencyPolicy omitempty
 suspend 4 *bool omitempty
 jobTemplate 5 batch.v1beta1.JobTemplateSpec required
 successfulJobsHistoryLimit 6 *int32 omitempty
 failedJobsHistoryLimit 7 *int32 omitempty
type batch.v1beta1.CronJobStatus
 active 1 []core.v1.ObjectReference omitempty listType=atomic
 lastScheduleTime 4 *time omitempty
 lastSuccessfulTime 5 *time omitempty
type batch.v1beta1.JobTemplateSpec
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 batch.v1.JobSpec omitempty
type certificates.v1.CertificateSigningRequest
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 certificates.v1.CertificateSigningRequestSpec required
 status 3 certificates.v1.CertificateSigningRequestStatus omitempty
type certificates.v1.CertificateSigningRequestCondition
 type 1 string@certificates.v1.RequestConditionType required
 status 6 string@core.v1.ConditionStatus required
 reason 2 string omitempty
 message 3 string omitempty
 lastUpdateTime 4 time omitempty
 lastTransitionTime 5 time omitempty
type certificates.v1.CertificateSigningRequestList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []certificates.v1.CertificateSigningRequest required
type certificates.v1.CertificateSigningRequestSpec
 request 1 bytes required
 signerName 7 string required
 expirationSeconds 8 *int32 omitempty
 usages 5 []string@certificates.v1.KeyUsage omitempty listType=atomic
 username 2 string omitempty
 uid 3 string omitempty
 groups 4 []string omitempty listType=atomic
 extra 6 {}<>string omitempty
type certificates.v1.CertificateSigningRequestStatus
 conditions 1 []certificates.v1.CertificateSigningRequestCondition omitempty listType=map listMapKeys=type
 certificate 2 bytes omitempty
type certificates.v1alpha1.ClusterTrustBundle
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 certificates.v1alpha1.ClusterTrustBundleSpec required
type certificates.v1alpha1.ClusterTrustBundleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []certificates.v1alpha1.ClusterTrustBundle required
type certificates.v1alpha1.ClusterTrustBundleSpec
 signerName 1 string omitempty
 trustBundle 2 string required
type certificates.v1beta1.CertificateSigningRequest
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 certificates.v1beta1.CertificateSigningRequestSpec required
 status 3 certificates.v1beta1.CertificateSigningRequestStatus omitempty
type certificates.v1beta1.CertificateSigningRequestCondition
 type 1 string@certificates.v1beta1.RequestConditionType required
 status 6 string@core.v1.ConditionStatus
 reason 2 string omitempty
 message 3 string omitempty
 lastUpdateTime 4 time omitempty
 lastTransitionTime 5 time omitempty
type certificates.v1beta1.CertificateSigningRequestList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []certificates.v1beta1.CertificateSigningRequest required
type certificates.v1beta1.CertificateSigningRequestSpec
 request 1 bytes required
 signerName 7 *string omitempty
 expirationSeconds 8 *int32 omitempty
 usages 5 []string@certificates.v1beta1.KeyUsage omitempty listType=atomic
 username 2 string omitempty
 uid 3 string omitempty
 groups 4 []string omitempty listType=atomic
 extra 6 {}<>string omitempty
type certificates.v1beta1.CertificateSigningRequestStatus
 conditions 1 []certificates.v1beta1.CertificateSigningRequestCondition omitempty listType=map listMapKeys=type
 certificate 2 bytes omitempty
type certificates.v1beta1.ClusterTrustBundle
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 certificates.v1beta1.ClusterTrustBundleSpec required
type certificates.v1beta1.ClusterTrustBundleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []certificates.v1beta1.ClusterTrustBundle required
type certificates.v1beta1.ClusterTrustBundleSpec
 signerName 1 string omitempty
 trustBundle 2 string required
type certificates.v1beta1.PodCertificateRequest
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 certificates.v1beta1.PodCertificateRequestSpec required
 status 3 certificates.v1beta1.PodCertificateRequestStatus omitempty
type certificates.v1beta1.PodCertificateRequestList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []certificates.v1beta1.PodCertificateRequest required
type certificates.v1beta1.PodCertificateRequestSpec
 signerName 1 string required
 podName 2 string required
 podUID 3 uid required
 serviceAccountName 4 string required
 serviceAccountUID 5 uid required
 nodeName 6 nodeName required
 nodeUID 7 uid required
 maxExpirationSeconds 8 *int32 omitempty default=86400
 pkixPublicKey 9 bytes
 proofOfPossession 10 bytes
 stubPKCS10Request 12 bytes required
 unverifiedUserAnnotations 11 {}string omitempty
type certificates.v1beta1.PodCertificateRequestStatus
 conditions 1 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 certificateChain 2 string omitempty
 notBefore 4 *time omitempty
 beginRefreshAt 5 *time omitempty
 notAfter 6 *time omitempty
type coordination.v1.Lease
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 coordination.v1.LeaseSpec omitempty
type coordination.v1.LeaseList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []coordination.v1.Lease required
type coordination.v1.LeaseSpec
 holderIdentity 1 *string omitempty
 leaseDurationSeconds 2 *int32 omitempty
 acquireTime 3 *microTime omitempty
 renewTime 4 *microTime omitempty
 leaseTransitions 5 *int32 omitempty
 strategy 6 *string@coordination.v1.CoordinatedLeaseStrategy omitempty
 preferredHolder 7 *string omitempty
type coordination.v1alpha2.LeaseCandidate
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 coordination.v1alpha2.LeaseCandidateSpec required omitempty
type coordination.v1alpha2.LeaseCandidateList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []coordination.v1alpha2.LeaseCandidate required
type coordination.v1alpha2.LeaseCandidateSpec
 leaseName 1 string required
 pingTime 2 *microTime omitempty
 renewTime 3 *microTime omitempty
 binaryVersion 4 string required
 emulationVersion 5 string omitempty
 strategy 6 string@coordination.v1.CoordinatedLeaseStrategy required omitempty
type coordination.v1beta1.Lease
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 coordination.v1beta1.LeaseSpec omitempty
type coordination.v1beta1.LeaseCandidate
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 coordination.v1beta1.LeaseCandidateSpec required omitempty
type coordination.v1beta1.LeaseCandidateList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []coordination.v1beta1.LeaseCandidate required
type coordination.v1beta1.LeaseCandidateSpec
 leaseName 1 string required
 pingTime 2 *microTime omitempty
 renewTime 3 *microTime omitempty
 binaryVersion 4 string required
 emulationVersion 5 string omitempty
 strategy 6 string@coordination.v1.CoordinatedLeaseStrategy required omitempty
type coordination.v1beta1.LeaseList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []coordination.v1beta1.Lease required
type coordination.v1beta1.LeaseSpec
 holderIdentity 1 *string omitempty
 leaseDurationSeconds 2 *int32 omitempty
 acquireTime 3 *microTime omitempty
 renewTime 4 *microTime omitempty
 leaseTransitions 5 *int32 omitempty
 strategy 6 *string@coordination.v1.CoordinatedLeaseStrategy omitempty
 preferredHolder 7 *string omitempty
type core.v1.AWSElasticBlockStoreVolumeSource
 volumeID 1 string required
 fsType 2 string omitempty
 partition 3 int32 omitempty
 readOnly 4 bool omitempty
type core.v1.Affinity
 nodeAffinity 1 *core.v1.NodeAffinity omitempty
 podAffinity 2 *core.v1.PodAffinity omitempty
 podAntiAffinity 3 *core.v1.PodAntiAffinity omitempty
type core.v1.AppArmorProfile union=type:localhostProfile
 type 1 string@core.v1.AppArmorProfileType required
 localhostProfile 2 *string omitempty
type core.v1.AttachedVolume
 name 1 string@core.v1.UniqueVolumeName required
 devicePath 2 string required
type core.v1.AvoidPods
 preferAvoidPods 1 []core.v1.PreferAvoidPodsEntry omitempty listType=atomic
type core.v1.AzureDiskVolumeSource
 diskName 1 string required
 diskURI 2 string required
 cachingMode 3 *string@core.v1.AzureDataDiskCachingMode omitempty default="ReadWrite"
 fsType 4 *string omitempty default="ext4"
 readOnly 5 *bool omitempty default=false
 kind 6 *string@core.v1.AzureDataDiskKind omitempty default="Shared"
type core.v1.AzureFilePersistentVolumeSource
 secretName 1 string required
 shareName 2 string required
 readOnly 3 bool omitempty
 secretNamespace 4 *string
type core.v1.AzureFileVolumeSource
 secretName 1 string required
 shareName 2 string required
 readOnly 3 bool omitempty
type core.v1.Binding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 target 2 core.v1.ObjectReference required
type core.v1.CSIPersistentVolumeSource
 driver 1 string required
 volumeHandle 2 string required
 readOnly 3 bool omitempty
 fsType 4 string omitempty
 volumeAttributes 5 {}string omitempty
 controllerPublishSecretRef 6 *core.v1.SecretReference omitempty
 nodeStageSecretRef 7 *core.v1.SecretReference omitempty
 nodePublishSecretRef 8 *core.v1.SecretReference omitempty
 controllerExpandSecretRef 9 *core.v1.SecretReference omitempty
 nodeExpandSecretRef 10 *core.v1.SecretReference omitempty
type core.v1.CSIVolumeSource
 driver 1 string required
 readOnly 2 *bool omitempty
 fsType 3 *string omitempty
 volumeAttributes 4 {}string omitempty
 nodePublishSecretRef 5 *core.v1.LocalObjectReference omitempty
type core.v1.Capabilities
 add 1 []string@core.v1.Capability omitempty listType=atomic
 drop 2 []string@core.v1.Capability omitempty listType=atomic
type core.v1.CephFSPersistentVolumeSource
 monitors 1 []string required listType=atomic
 path 2 string omitempty
 user 3 string omitempty
 secretFile 4 string omitempty
 secretRef 5 *core.v1.SecretReference omitempty
 readOnly 6 bool omitempty
type core.v1.CephFSVolumeSource
 monitors 1 []string required listType=atomic
 path 2 string omitempty
 user 3 string omitempty
 secretFile 4 string omitempty
 secretRef 5 *core.v1.LocalObjectReference omitempty
 readOnly 6 bool omitempty
type core.v1.CinderPersistentVolumeSource
 volumeID 1 string required
 fsType 2 string omitempty
 readOnly 3 bool omitempty
 secretRef 4 *core.v1.SecretReference omitempty
type core.v1.CinderVolumeSource
 volumeID 1 string required
 fsType 2 string omitempty
 readOnly 3 bool omitempty
 secretRef 4 *core.v1.LocalObjectReference omitempty
type core.v1.ClientIPConfig
 timeoutSeconds 1 *int32 omitempty
type core.v1.ClusterTrustBundleProjection
 name 1 *string omitempty
 signerName 2 *string omitempty
 labelSelector 3 *meta.v1.LabelSelector omitempty
 optional 5 *bool omitempty
 path 4 string required
type core.v1.ComponentCondition
 type 1 string@core.v1.ComponentConditionType required
 status 2 string@core.v1.ConditionStatus required
 message 3 string omitempty
 error 4 string omitempty
type core.v1.ComponentStatus
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 conditions 2 []core.v1.ComponentCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type core.v1.ComponentStatusList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.ComponentStatus required
type core.v1.ConfigMap
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 immutable 4 *bool omitempty
 data 2 {}string omitempty
 binaryData 3 {}bytes omitempty
type core.v1.ConfigMapEnvSource
 <inline> 1 core.v1.LocalObjectReference required
 optional 2 *bool omitempty
type core.v1.ConfigMapKeySelector structType=atomic
 <inline> 1 core.v1.LocalObjectReference required
 key 2 string required
 optional 3 *bool omitempty
type core.v1.ConfigMapList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.ConfigMap required
type core.v1.ConfigMapNodeConfigSource
 namespace 1 string required
 name 2 string required
 uid 3 uid omitempty
 resourceVersion 4 string omitempty
 kubeletConfigKey 5 string required
type core.v1.ConfigMapProjection
 <inline> 1 core.v1.LocalObjectReference required
 items 2 []core.v1.KeyToPath omitempty listType=atomic
 optional 4 *bool omitempty
type core.v1.ConfigMapVolumeSource
 <inline> 1 core.v1.LocalObjectReference required
 items 2 []core.v1.KeyToPath omitempty listType=atomic
 defaultMode 3 *int32 omitempty
 optional 4 *bool omitempty
type core.v1.Container
 name 1 string required
 image 2 string omitempty
 command 3 []string omitempty listType=atomic
 args 4 []string omitempty listType=atomic
 workingDir 5 string omitempty
 ports 6 []core.v1.ContainerPort omitempty listType=map listMapKeys=containerPort,protocol patchStrategy=merge patchMergeKey=containerPort
 envFrom 19 []core.v1.EnvFromSource omitempty listType=atomic
 env 7 []core.v1.EnvVar omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 resources 8 core.v1.ResourceRequirements omitempty
 resizePolicy 23 []core.v1.ContainerResizePolicy omitempty listType=atomic
 restartPolicy 24 *string@core.v1.ContainerRestartPolicy omitempty
 restartPolicyRules 25 []core.v1.ContainerRestartRule omitempty listType=atomic
 volumeMounts 9 []core.v1.VolumeMount omitempty listType=map listMapKeys=mountPath patchStrategy=merge patchMergeKey=mountPath
 volumeDevices 21 []core.v1.VolumeDevice omitempty listType=map listMapKeys=devicePath patchStrategy=merge patchMergeKey=devicePath
 livenessProbe 10 *core.v1.Probe omitempty
 readinessProbe 11 *core.v1.Probe omitempty
 startupProbe 22 *core.v1.Probe omitempty
 lifecycle 12 *core.v1.Lifecycle omitempty
 terminationMessagePath 13 string omitempty
 terminationMessagePolicy 20 string@core.v1.TerminationMessagePolicy omitempty
 imagePullPolicy 14 string@core.v1.PullPolicy omitempty
 securityContext 15 *core.v1.SecurityContext omitempty
 stdin 16 bool omitempty
 stdinOnce 17 bool omitempty
 tty 18 bool omitempty
type core.v1.ContainerExtendedResourceRequest
 containerName 1 string required
 resourceName 2 string required
 requestName 3 string required
type core.v1.ContainerImage
 names 1 []string listType=atomic
 sizeBytes 2 int64 omitempty
type core.v1.ContainerPort
 name 1 string omitempty
 hostPort 2 int32 omitempty
 containerPort 3 int32 required
 protocol 4 string@core.v1.Protocol omitempty default="TCP"
 hostIP 5 string omitempty
type core.v1.ContainerResizePolicy
 resourceName 1 string@core.v1.ResourceName required
 restartPolicy 2 string@core.v1.ResourceResizeRestartPolicy required
type core.v1.ContainerRestartRule
 action 1 string@core.v1.ContainerRestartRuleAction required omitempty
 exitCodes 2 *core.v1.ContainerRestartRuleOnExitCodes omitempty
type core.v1.ContainerRestartRuleOnExitCodes
 operator 1 string@core.v1.ContainerRestartRuleOnExitCodesOperator required omitempty
 values 2 []int32 omitempty listType=set
type core.v1.ContainerState
 waiting 1 *core.v1.ContainerStateWaiting omitempty
 running 2 *core.v1.ContainerStateRunning omitempty
 terminated 3 *core.v1.ContainerStateTerminated omitempty
type core.v1.ContainerStateRunning
 startedAt 1 time omitempty
type core.v1.ContainerStateTerminated
 exitCode 1 int32 required
 signal 2 int32 omitempty
 reason 3 string omitempty
 message 4 string omitempty
 startedAt 5 time omitempty
 finishedAt 6 time omitempty
 containerID 7 string omitempty
type core.v1.ContainerStateWaiting
 reason 1 string omitempty
 message 2 string omitempty
type core.v1.ContainerStatus
 name 1 string required
 state 2 core.v1.ContainerState omitempty
 lastState 3 core.v1.ContainerState omitempty
 ready 4 bool required
 restartCount 5 int32 required
 image 6 string required
 imageID 7 string required
 containerID 8 string omitempty
 started 9 *bool omitempty
 allocatedResources 10 resourceList omitempty
 resources 11 *core.v1.ResourceRequirements omitempty
 volumeMounts 12 []core.v1.VolumeMountStatus omitempty listType=map listMapKeys=mountPath patchStrategy=merge patchMergeKey=mountPath
 user 13 *core.v1.ContainerUser omitempty
 allocatedResourcesStatus 14 []core.v1.ResourceStatus omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 stopSignal 15 *string@core.v1.Signal omitempty
type core.v1.ContainerUser
 linux 1 *core.v1.LinuxContainerUser omitempty
type core.v1.DaemonEndpoint
 Port 1 int32 required
type core.v1.DownwardAPIProjection
 items 1 []core.v1.DownwardAPIVolumeFile omitempty listType=atomic
type core.v1.DownwardAPIVolumeFile
 path 1 string required
 fieldRef 2 *core.v1.ObjectFieldSelector omitempty
 resourceFieldRef 3 *core.v1.ResourceFieldSelector omitempty
 mode 4 *int32 omitempty
type core.v1.DownwardAPIVolumeSource
 items 1 []core.v1.DownwardAPIVolumeFile omitempty listType=atomic
 defaultMode 2 *int32 omitempty
type core.v1.EmptyDirVolumeSource
 medium 1 string@core.v1.StorageMedium omitempty
 sizeLimit 2 *quantity omitempty
type core.v1.EndpointAddress structType=atomic
 ip 1 string required
 hostname 3 string omitempty
 nodeName 4 *string omitempty
 targetRef 2 *core.v1.ObjectReference omitempty
type core.v1.EndpointPort structType=atomic
 name 1 string omitempty
 port 2 int32 required
 protocol 3 string@core.v1.Protocol omitempty
 appProtocol 4 *string omitempty
type core.v1.EndpointSubset
 addresses 1 []core.v1.EndpointAddress omitempty listType=atomic
 notReadyAddresses 2 []core.v1.EndpointAddress omitempty listType=atomic
 ports 3 []core.v1.EndpointPort omitempty listType=atomic
type core.v1.Endpoints
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 subsets 2 []core.v1.EndpointSubset omitempty listType=atomic
type core.v1.EndpointsList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.Endpoints required
type core.v1.EnvFromSource
 prefix 1 string omitempty
 configMapRef 2 *core.v1.ConfigMapEnvSource omitempty
 secretRef 3 *core.v1.SecretEnvSource omitempty
type core.v1.EnvVar
 name 1 string required
 value 2 string omitempty
 valueFrom 3 *core.v1.EnvVarSource omitempty
type core.v1.EnvVarSource
 fieldRef 1 *core.v1.ObjectFieldSelector omitempty
 resourceFieldRef 2 *core.v1.ResourceFieldSelector omitempty
 configMapKeyRef 3 *core.v1.ConfigMapKeySelector omitempty
 secretKeyRef 4 *core.v1.SecretKeySelector omitempty
 fileKeyRef 5 *core.v1.FileKeySelector omitempty
type core.v1.EphemeralContainer
 <inline> 1 core.v1.EphemeralContainerCommon required
 targetContainerName 2 string omitempty
type core.v1.EphemeralContainerCommon
 name 1 string required
 image 2 string omitempty
 command 3 []string omitempty listType=atomic
 args 4 []string omitempty listType=atomic
 workingDir 5 string omitempty
 ports 6 []core.v1.ContainerPort omitempty listType=map listMapKeys=containerPort,protocol patchStrategy=merge patchMergeKey=containerPort
 envFrom 19 []core.v1.EnvFromSource omitempty listType=atomic
 env 7 []core.v1.EnvVar omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 resources 8 core.v1.ResourceRequirements omitempty
 resizePolicy 23 []core.v1.ContainerResizePolicy omitempty listType=atomic
 restartPolicy 24 *string@core.v1.ContainerRestartPolicy omitempty
 restartPolicyRules 25 []core.v1.ContainerRestartRule omitempty listType=atomic
 volumeMounts 9 []core.v1.VolumeMount omitempty listType=map listMapKeys=mountPath patchStrategy=merge patchMergeKey=mountPath
 volumeDevices 21 []core.v1.VolumeDevice omitempty listType=map listMapKeys=devicePath patchStrategy=merge patchMergeKey=devicePath
 livenessProbe 10 *core.v1.Probe omitempty
 readinessProbe 11 *core.v1.Probe omitempty
 startupProbe 22 *core.v1.Probe omitempty
 lifecycle 12 *core.v1.Lifecycle omitempty
 terminationMessagePath 13 string omitempty
 terminationMessagePolicy 20 string@core.v1.TerminationMessagePolicy omitempty
 imagePullPolicy 14 string@core.v1.PullPolicy omitempty
 securityContext 15 *core.v1.SecurityContext omitempty
 stdin 16 bool omitempty
 stdinOnce 17 bool omitempty
 tty 18 bool omitempty
type core.v1.EphemeralVolumeSource
 volumeClaimTemplate 1 *core.v1.PersistentVolumeClaimTemplate omitempty
type core.v1.Event
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta required
 involvedObject 2 core.v1.ObjectReference required
 reason 3 string omitempty
 message 4 string omitempty
 source 5 core.v1.EventSource omitempty
 firstTimestamp 6 time omitempty
 lastTimestamp 7 time omitempty
 count 8 int32 omitempty
 type 9 string omitempty
 eventTime 10 microTime omitempty
 series 11 *core.v1.EventSeries omitempty
 action 12 string omitempty
 related 13 *core.v1.ObjectReference omitempty
 reportingComponent 14 string
 reportingInstance 15 string
type core.v1.EventList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.Event required
type core.v1.EventSeries
 count 1 int32 omitempty
 lastObservedTime 2 microTime omitempty
type core.v1.EventSource
 component 1 string omitempty
 host 2 string omitempty
type core.v1.ExecAction
 command 1 []string omitempty listType=atomic
type core.v1.FCVolumeSource
 targetWWNs 1 []string omitempty listType=atomic
 lun 2 *int32 omitempty
 fsType 3 string omitempty
 readOnly 4 bool omitempty
 wwids 5 []string omitempty listType=atomic
type core.v1.FileKeySelector structType=atomic
 volumeName 1 string required
 path 2 string required
 key 3 string required
 optional 4 *bool omitempty default=false
type core.v1.FlexPersistentVolumeSource
 driver 1 string required
 fsType 2 string omitempty
 secretRef 3 *core.v1.SecretReference omitempty
 readOnly 4 bool omitempty
 options 5 {}string omitempty
type core.v1.FlexVolumeSource
 driver 1 string required
 fsType 2 string omitempty
 secretRef 3 *core.v1.LocalObjectReference omitempty
 readOnly 4 bool omitempty
 options 5 {}string omitempty
type core.v1.FlockerVolumeSource
 datasetName 1 string omitempty
 datasetUUID 2 string omitempty
type core.v1.GCEPersistentDiskVolumeSource
 pdName 1 string required
 fsType 2 string omitempty
 partition 3 int32 omitempty
 readOnly 4 bool omitempty
type core.v1.GRPCAction
 port 1 int32 required
 service 2 *string default=""
type core.v1.GitRepoVolumeSource
 repository 1 string required
 revision 2 string omitempty
 directory 3 string omitempty
type core.v1.GlusterfsPersistentVolumeSource
 endpoints 1 string required
 path 2 string required
 readOnly 3 bool omitempty
 endpointsNamespace 4 *string omitempty
type core.v1.GlusterfsVolumeSource
 endpoints 1 string required
 path 2 string required
 readOnly 3 bool omitempty
type core.v1.HTTPGetAction
 path 1 string omitempty
 port 2 intOrString required
 host 3 string omitempty
 scheme 4 string@core.v1.URIScheme omitempty
 httpHeaders 5 []core.v1.HTTPHeader omitempty listType=atomic
type core.v1.HTTPHeader
 name 1 string required
 value 2 string required
type core.v1.HostAlias
 ip 1 string required
 hostnames 2 []string omitempty listType=atomic
type core.v1.HostIP
 ip 1 string required
type core.v1.HostPathVolumeSource
 path 1 string required
 type 2 *string@core.v1.HostPathType omitempty
type core.v1.ISCSIPersistentVolumeSource
 targetPortal 1 string required
 iqn 2 string required
 lun 3 int32 required
 iscsiInterface 4 string omitempty default="default"
 fsType 5 string omitempty
 readOnly 6 bool omitempty
 portals 7 []string omitempty listType=atomic
 chapAuthDiscovery 8 bool omitempty
 chapAuthSession 11 bool omitempty
 secretRef 10 *core.v1.SecretReference omitempty
 initiatorName 12 *string omitempty
type core.v1.ISCSIVolumeSource
 targetPortal 1 string required
 iqn 2 string required
 lun 3 int32 required
 iscsiInterface 4 string omitempty default="default"
 fsType 5 string omitempty
 readOnly 6 bool omitempty
 portals 7 []string omitempty listType=atomic
 chapAuthDiscovery 8 bool omitempty
 chapAuthSession 11 bool omitempty
 secretRef 10 *core.v1.LocalObjectReference omitempty
 initiatorName 12 *string omitempty
type core.v1.ImageVolumeSource
 reference 1 string omitempty
 pullPolicy 2 string@core.v1.PullPolicy omitempty
type core.v1.ImageVolumeStatus
 imageRef 1 string required omitempty
type core.v1.KeyToPath
 key 1 string required
 path 2 string required
 mode 3 *int32 omitempty
type core.v1.Lifecycle
 postStart 1 *core.v1.LifecycleHandler omitempty
 preStop 2 *core.v1.LifecycleHandler omitempty
 stopSignal 3 *string@core.v1.Signal omitempty
type core.v1.LifecycleHandler
 exec 1 *core.v1.ExecAction omitempty
 httpGet 2 *core.v1.HTTPGetAction omitempty
 tcpSocket 3 *core.v1.TCPSocketAction omitempty
 sleep 4 *core.v1.SleepAction omitempty
type core.v1.LimitRange
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.LimitRangeSpec omitempty
type core.v1.LimitRangeItem
 type 1 string@core.v1.LimitType required
 max 2 resourceList omitempty
 min 3 resourceList omitempty
 default 4 resourceList omitempty
 defaultRequest 5 resourceList omitempty
 maxLimitRequestRatio 6 resourceList omitempty
type core.v1.LimitRangeList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.LimitRange required
type core.v1.LimitRangeSpec
 limits 1 []core.v1.LimitRangeItem required listType=atomic
type core.v1.LinuxContainerUser
 uid 1 int64 required
 gid 2 int64 required
 supplementalGroups 3 []int64 omitempty listType=atomic
type core.v1.List
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []raw required
type core.v1.LoadBalancerIngress
 ip 1 string omitempty
 hostname 2 string omitempty
 ipMode 3 *string@core.v1.LoadBalancerIPMode omitempty
 ports 4 []core.v1.PortStatus omitempty listType=atomic
type core.v1.LoadBalancerStatus
 ingress 1 []core.v1.LoadBalancerIngress omitempty listType=atomic
type core.v1.LocalObjectReference structType=atomic
 name 1 string omitempty default=""
type core.v1.LocalVolumeSource
 path 1 string required
 fsType 2 *string omitempty
type core.v1.ModifyVolumeStatus
 targetVolumeAttributesClassName 1 string omitempty
 status 2 string@core.v1.PersistentVolumeClaimModifyVolumeStatus required
type core.v1.NFSVolumeSource
 server 1 string required
 path 2 string required
 readOnly 3 bool omitempty
type core.v1.Namespace
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.NamespaceSpec omitempty
 status 3 core.v1.NamespaceStatus omitempty
type core.v1.NamespaceCondition
 type 1 string@core.v1.NamespaceConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 4 time omitempty
 reason 5 string omitempty
 message 6 string omitempty
type core.v1.NamespaceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.Namespace required
type core.v1.NamespaceSpec
 finalizers 1 []string@core.v1.FinalizerName omitempty listType=atomic
type core.v1.NamespaceStatus
 phase 1 string@core.v1.NamespacePhase omitempty
 conditions 2 []core.v1.NamespaceCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type core.v1.Node
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.NodeSpec omitempty
 status 3 core.v1.NodeStatus omitempty
type core.v1.NodeAddress
 type 1 string@core.v1.NodeAddressType required
 address 2 string required
type core.v1.NodeAffinity
 requiredDuringSchedulingIgnoredDuringExecution 1 *core.v1.NodeSelector omitempty
 preferredDuringSchedulingIgnoredDuringExecution 2 []core.v1.PreferredSchedulingTerm omitempty listType=atomic
type core.v1.NodeAllocatableResourceClaimStatus
 resourceClaimName 1 string required
 containers 2 []string omitempty listType=set
 resources 3 {}quantity required
type core.v1.NodeCondition
 type 1 string@core.v1.NodeConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastHeartbeatTime 3 time omitempty
 lastTransitionTime 4 time omitempty
 reason 5 string omitempty
 message 6 string omitempty
type core.v1.NodeConfigSource
 configMap 2 *core.v1.ConfigMapNodeConfigSource omitempty
type core.v1.NodeConfigStatus
 assigned 1 *core.v1.NodeConfigSource omitempty
 active 2 *core.v1.NodeConfigSource omitempty
 lastKnownGood 3 *core.v1.NodeConfigSource omitempty
 error 4 string omitempty
type core.v1.NodeDaemonEndpoints
 kubeletEndpoint 1 core.v1.DaemonEndpoint omitempty
type core.v1.NodeFeatures
 supplementalGroupsPolicy 1 *bool omitempty
type core.v1.NodeList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.Node required
type core.v1.NodeProxyOptions
 kind - string omitempty
 apiVersion - string omitempty
 path 1 string omitempty
type core.v1.NodeRuntimeHandler
 name 1 string
 features 2 *core.v1.NodeRuntimeHandlerFeatures omitempty
type core.v1.NodeRuntimeHandlerFeatures
 recursiveReadOnlyMounts 1 *bool omitempty
 userNamespaces 2 *bool omitempty
type core.v1.NodeSelector structType=atomic
 nodeSelectorTerms 1 []core.v1.NodeSelectorTerm required listType=atomic
type core.v1.NodeSelectorRequirement
 key 1 string required
 operator 2 string@core.v1.NodeSelectorOperator required
 values 3 []string omitempty listType=atomic
type core.v1.NodeSelectorTerm structType=atomic
 matchExpressions 1 []core.v1.NodeSelectorRequirement omitempty listType=atomic
 matchFields 2 []core.v1.NodeSelectorRequirement omitempty listType=atomic
type core.v1.NodeSpec
 podCIDR 1 string omitempty
 podCIDRs 7 []string omitempty listType=set patchStrategy=merge
 providerID 3 string omitempty
 unschedulable 4 bool omitempty
 taints 5 []core.v1.Taint omitempty listType=atomic
 configSource 6 *core.v1.NodeConfigSource omitempty
 externalID 2 string omitempty
type core.v1.NodeStatus
 capacity 1 resourceList omitempty
 allocatable 2 resourceList omitempty
 phase 3 string@core.v1.NodePhase omitempty
 conditions 4 []core.v1.NodeCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 addresses 5 []core.v1.NodeAddress omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 daemonEndpoints 6 core.v1.NodeDaemonEndpoints omitempty
 nodeInfo 7 core.v1.NodeSystemInfo omitempty
 images 8 []core.v1.ContainerImage omitempty listType=atomic
 volumesInUse 9 []string@core.v1.UniqueVolumeName omitempty listType=atomic
 volumesAttached 10 []core.v1.AttachedVolume omitempty listType=atomic
 config 11 *core.v1.NodeConfigStatus omitempty
 runtimeHandlers 12 []core.v1.NodeRuntimeHandler omitempty listType=atomic
 features 13 *core.v1.NodeFeatures omitempty
 declaredFeatures 14 []string omitempty listType=atomic
type core.v1.NodeSwapStatus
 capacity 1 *int64 omitempty
type core.v1.NodeSystemInfo
 machineID 1 string required
 systemUUID 2 string required
 bootID 3 string required
 kernelVersion 4 string required
 osImage 5 string required
 containerRuntimeVersion 6 string required
 kubeletVersion 7 string required
 kubeProxyVersion 8 string required
 operatingSystem 9 string required
 architecture 10 string required
 swap 11 *core.v1.NodeSwapStatus omitempty
type core.v1.ObjectFieldSelector structType=atomic
 apiVersion 1 string omitempty
 fieldPath 2 string required
type core.v1.ObjectReference structType=atomic
 kind 1 string omitempty
 namespace 2 string omitempty
 name 3 string omitempty
 uid 4 uid omitempty
 apiVersion 5 string omitempty
 resourceVersion 6 string omitempty
 fieldPath 7 string omitempty
type core.v1.PersistentVolume
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.PersistentVolumeSpec omitempty
 status 3 core.v1.PersistentVolumeStatus omitempty
type core.v1.PersistentVolumeClaim
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.PersistentVolumeClaimSpec omitempty
 status 3 core.v1.PersistentVolumeClaimStatus omitempty
type core.v1.PersistentVolumeClaimCondition
 type 1 string@core.v1.PersistentVolumeClaimConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastProbeTime 3 time omitempty
 lastTransitionTime 4 time omitempty
 reason 5 string omitempty
 message 6 string omitempty
type core.v1.PersistentVolumeClaimList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.PersistentVolumeClaim required
type core.v1.PersistentVolumeClaimSpec
 accessModes 1 []string@core.v1.PersistentVolumeAccessMode omitempty listType=atomic
 selector 4 *meta.v1.LabelSelector omitempty
 resources 2 core.v1.VolumeResourceRequirements omitempty
 volumeName 3 string omitempty
 storageClassName 5 *string omitempty
 volumeMode 6 *string@core.v1.PersistentVolumeMode omitempty
 dataSource 7 *core.v1.TypedLocalObjectReference omitempty
 dataSourceRef 8 *core.v1.TypedObjectReference omitempty
 volumeAttributesClassName 9 *string omitempty
type core.v1.PersistentVolumeClaimStatus
 phase 1 string@core.v1.PersistentVolumeClaimPhase omitempty
 accessModes 2 []string@core.v1.PersistentVolumeAccessMode omitempty listType=atomic
 capacity 3 resourceList omitempty
 conditions 4 []core.v1.PersistentVolumeClaimCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 allocatedResources 5 resourceList omitempty
 allocatedResourceStatuses 7 {}string@core.v1.ClaimResourceStatus omitempty mapType=granular
 currentVolumeAttributesClassName 8 *string omitempty
 modifyVolumeStatus 9 *core.v1.ModifyVolumeStatus omitempty
type core.v1.PersistentVolumeClaimTemplate
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.PersistentVolumeClaimSpec required
type core.v1.PersistentVolumeClaimVolumeSource
 claimName 1 string required
 readOnly 2 bool omitempty
type core.v1.PersistentVolumeList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.PersistentVolume required
type core.v1.PersistentVolumeSource
 gcePersistentDisk 1 *core.v1.GCEPersistentDiskVolumeSource omitempty
 awsElasticBlockStore 2 *core.v1.AWSElasticBlockStoreVolumeSource omitempty
 hostPath 3 *core.v1.HostPathVolumeSource omitempty
 glusterfs 4 *core.v1.GlusterfsPersistentVolumeSource omitempty
 nfs 5 *core.v1.NFSVolumeSource omitempty
 rbd 6 *core.v1.RBDPersistentVolumeSource omitempty
 iscsi 7 *core.v1.ISCSIPersistentVolumeSource omitempty
 cinder 8 *core.v1.CinderPersistentVolumeSource omitempty
 cephfs 9 *core.v1.CephFSPersistentVolumeSource omitempty
 fc 10 *core.v1.FCVolumeSource omitempty
 flocker 11 *core.v1.FlockerVolumeSource omitempty
 flexVolume 12 *core.v1.FlexPersistentVolumeSource omitempty
 azureFile 13 *core.v1.AzureFilePersistentVolumeSource omitempty
 vsphereVolume 14 *core.v1.VsphereVirtualDiskVolumeSource omitempty
 quobyte 15 *core.v1.QuobyteVolumeSource omitempty
 azureDisk 16 *core.v1.AzureDiskVolumeSource omitempty
 photonPersistentDisk 17 *core.v1.PhotonPersistentDiskVolumeSource omitempty
 portworxVolume 18 *core.v1.PortworxVolumeSource omitempty
 scaleIO 19 *core.v1.ScaleIOPersistentVolumeSource omitempty
 local 20 *core.v1.LocalVolumeSource omitempty
 storageos 21 *core.v1.StorageOSPersistentVolumeSource omitempty
 csi 22 *core.v1.CSIPersistentVolumeSource omitempty
type core.v1.PersistentVolumeSpec
 capacity 1 resourceList omitempty
 <inline> 2 core.v1.PersistentVolumeSource required
 accessModes 3 []string@core.v1.PersistentVolumeAccessMode omitempty listType=atomic
 claimRef 4 *core.v1.ObjectReference omitempty mapType=granular
 persistentVolumeReclaimPolicy 5 string@core.v1.PersistentVolumeReclaimPolicy omitempty
 storageClassName 6 string omitempty
 mountOptions 7 []string omitempty listType=atomic
 volumeMode 8 *string@core.v1.PersistentVolumeMode omitempty
 nodeAffinity 9 *core.v1.VolumeNodeAffinity omitempty
 volumeAttributesClassName 10 *string omitempty
type core.v1.PersistentVolumeStatus
 phase 1 string@core.v1.PersistentVolumePhase omitempty
 message 2 string omitempty
 reason 3 string omitempty
 lastPhaseTransitionTime 4 *time omitempty
type core.v1.PhotonPersistentDiskVolumeSource
 pdID 1 string required
 fsType 2 string omitempty
type core.v1.Pod
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.PodSpec omitempty
 status 3 core.v1.PodStatus omitempty
type core.v1.PodAffinity
 requiredDuringSchedulingIgnoredDuringExecution 1 []core.v1.PodAffinityTerm omitempty listType=atomic
 preferredDuringSchedulingIgnoredDuringExecution 2 []core.v1.WeightedPodAffinityTerm omitempty listType=atomic
type core.v1.PodAffinityTerm
 labelSelector 1 *meta.v1.LabelSelector omitempty
 namespaces 2 []string omitempty listType=atomic
 topologyKey 3 string required
 namespaceSelector 4 *meta.v1.LabelSelector omitempty
 matchLabelKeys 5 []string omitempty listType=atomic
 mismatchLabelKeys 6 []string omitempty listType=atomic
type core.v1.PodAntiAffinity
 requiredDuringSchedulingIgnoredDuringExecution 1 []core.v1.PodAffinityTerm omitempty listType=atomic
 preferredDuringSchedulingIgnoredDuringExecution 2 []core.v1.WeightedPodAffinityTerm omitempty listType=atomic
type core.v1.PodAttachOptions
 kind - string omitempty
 apiVersion - string omitempty
 stdin 1 bool omitempty
 stdout 2 bool omitempty
 stderr 3 bool omitempty
 tty 4 bool omitempty
 container 5 string omitempty
type core.v1.PodCertificateProjection
 signerName 1 string required omitempty
 keyType 2 string required omitempty
 maxExpirationSeconds 3 *int32 omitempty
 credentialBundlePath 4 string omitempty
 keyPath 5 string omitempty
 certificateChainPath 6 string omitempty
 userAnnotations 7 {}string omitempty
type core.v1.PodCondition
 type 1 string@core.v1.PodConditionType required
 observedGeneration 7 int64 omitempty
 status 2 string@core.v1.ConditionStatus required
 lastProbeTime 3 time omitempty
 lastTransitionTime 4 time omitempty
 reason 5 string omitempty
 message 6 string omitempty
type core.v1.PodDNSConfig
 nameservers 1 []string omitempty listType=atomic
 searches 2 []string omitempty listType=atomic
 options 3 []core.v1.PodDNSConfigOption omitempty listType=atomic
type core.v1.PodDNSConfigOption
 name 1 string omitempty
 value 2 *string omitempty
type core.v1.PodExecOptions
 kind - string omitempty
 apiVersion - string omitempty
 stdin 1 bool omitempty
 stdout 2 bool omitempty
 stderr 3 bool omitempty
 tty 4 bool omitempty
 container 5 string omitempty
 command 6 []string required listType=atomic
type core.v1.PodExtendedResourceClaimStatus
 requestMappings 1 []core.v1.ContainerExtendedResourceRequest required listType=atomic
 resourceClaimName 2 string required
type core.v1.PodIP
 ip 1 string required
type core.v1.PodList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.Pod required
type core.v1.PodLogOptions
 kind - string omitempty
 apiVersion - string omitempty
 container 1 string omitempty
 follow 2 bool omitempty
 previous 3 bool omitempty
 sinceSeconds 4 *int64 omitempty
 sinceTime 5 *time omitempty
 timestamps 6 bool omitempty
 tailLines 7 *int64 omitempty
 limitBytes 8 *int64 omitempty
 insecureSkipTLSVerifyBackend 9 bool omitempty
 stream 10 *string omitempty
type core.v1.PodOS
 name 1 string@core.v1.OSName required
type core.v1.PodPortForwardOptions
 kind - string omitempty
 apiVersion - string omitempty
 ports 1 []int32 omitempty listType=atomic
type core.v1.PodProxyOptions
 kind - string omitempty
 apiVersion - string omitempty
 path 1 string omitempty
type core.v1.PodReadinessGate
 conditionType 1 string@core.v1.PodConditionType required
type core.v1.PodResourceClaim
 name 1 string required
 resourceClaimName 3 *string omitempty
 resourceClaimTemplateName 4 *string omitempty
type core.v1.PodResourceClaimStatus
 name 1 string required
 resourceClaimName 2 *string omitempty
type core.v1.PodSchedulingGate
 name 1 string required
type core.v1.PodSchedulingGroup union=:podGroupName
 podGroupName 1 *string omitempty
type core.v1.PodSecurityContext
 seLinuxOptions 1 *core.v1.SELinuxOptions omitempty
 windowsOptions 8 *core.v1.WindowsSecurityContextOptions omitempty
 runAsUser 2 *int64 omitempty
 runAsGroup 6 *int64 omitempty
 runAsNonRoot 3 *bool omitempty
 supplementalGroups 4 []int64 omitempty listType=atomic
 supplementalGroupsPolicy 12 *string@core.v1.SupplementalGroupsPolicy omitempty
 fsGroup 5 *int64 omitempty
 sysctls 7 []core.v1.Sysctl omitempty listType=atomic
 fsGroupChangePolicy 9 *string@core.v1.PodFSGroupChangePolicy omitempty
 seccompProfile 10 *core.v1.SeccompProfile omitempty
 appArmorProfile 11 *core.v1.AppArmorProfile omitempty
 seLinuxChangePolicy 13 *string@core.v1.PodSELinuxChangePolicy omitempty
type core.v1.PodSignature
 podController 1 *meta.v1.OwnerReference omitempty
type core.v1.PodSpec
 volumes 1 []core.v1.Volume omitempty listType=map listMapKeys=name patchStrategy=merge,retainKeys patchMergeKey=name
 initContainers 20 []core.v1.Container omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 containers 2 []core.v1.Container required listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 ephemeralContainers 34 []core.v1.EphemeralContainer omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 restartPolicy 3 string@core.v1.RestartPolicy omitempty
 terminationGracePeriodSeconds 4 *int64 omitempty
 activeDeadlineSeconds 5 *int64 omitempty
 dnsPolicy 6 string@core.v1.DNSPolicy omitempty
 nodeSelector 7 {}string omitempty mapType=atomic
 serviceAccountName 8 string omitempty
 serviceAccount 9 string omitempty
 automountServiceAccountToken 21 *bool omitempty
 nodeName 10 string omitempty
 hostNetwork 11 bool omitempty
 hostPID 12 bool omitempty
 hostIPC 13 bool omitempty
 shareProcessNamespace 27 *bool omitempty
 securityContext 14 *core.v1.PodSecurityContext omitempty
 imagePullSecrets 15 []core.v1.LocalObjectReference omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 hostname 16 string omitempty
 subdomain 17 string omitempty
 affinity 18 *core.v1.Affinity omitempty
 schedulerName 19 string omitempty
 tolerations 22 []core.v1.Toleration omitempty listType=atomic
 hostAliases 23 []core.v1.HostAlias omitempty listType=map listMapKeys=ip patchStrategy=merge patchMergeKey=ip
 priorityClassName 24 string omitempty
 priority 25 *int32 omitempty
 dnsConfig 26 *core.v1.PodDNSConfig omitempty
 readinessGates 28 []core.v1.PodReadinessGate omitempty listType=atomic
 runtimeClassName 29 *string omitempty
 enableServiceLinks 30 *bool omitempty
 preemptionPolicy 31 *string@core.v1.PreemptionPolicy omitempty
 overhead 32 resourceList omitempty
 topologySpreadConstraints 33 []core.v1.TopologySpreadConstraint omitempty listType=map listMapKeys=topologyKey,whenUnsatisfiable patchStrategy=merge patchMergeKey=topologyKey
 setHostnameAsFQDN 35 *bool omitempty
 os 36 *core.v1.PodOS omitempty
 hostUsers 37 *bool omitempty
 schedulingGates 38 []core.v1.PodSchedulingGate omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 resourceClaims 39 []core.v1.PodResourceClaim omitempty listType=map listMapKeys=name patchStrategy=merge,retainKeys patchMergeKey=name
 resources 40 *core.v1.ResourceRequirements omitempty
 hostnameOverride 41 *string omitempty
 schedulingGroup 43 *core.v1.PodSchedulingGroup omitempty
type core.v1.PodStatus
 observedGeneration 17 int64 omitempty
 phase 1 string@core.v1.PodPhase omitempty
 conditions 2 []core.v1.PodCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 message 3 string omitempty
 reason 4 string omitempty
 nominatedNodeName 11 string omitempty
 hostIP 5 string omitempty
 hostIPs 16 []core.v1.HostIP omitempty listType=atomic patchStrategy=merge patchMergeKey=ip
 podIP 6 string omitempty
 podIPs 12 []core.v1.PodIP omitempty listType=map listMapKeys=ip patchStrategy=merge patchMergeKey=ip
 startTime 7 *time omitempty
 initContainerStatuses 10 []core.v1.ContainerStatus omitempty listType=atomic
 containerStatuses 8 []core.v1.ContainerStatus omitempty listType=atomic
 qosClass 9 string@core.v1.PodQOSClass omitempty
 ephemeralContainerStatuses 13 []core.v1.ContainerStatus omitempty listType=atomic
 resize 14 string@core.v1.PodResizeStatus omitempty
 resourceClaimStatuses 15 []core.v1.PodResourceClaimStatus omitempty listType=map listMapKeys=name patchStrategy=merge,retainKeys patchMergeKey=name
 extendedResourceClaimStatus 18 *core.v1.PodExtendedResourceClaimStatus omitempty
 allocatedResources 19 resourceList omitempty
 resources 20 *core.v1.ResourceRequirements omitempty
 nodeAllocatableResourceClaimStatuses 21 []core.v1.NodeAllocatableResourceClaimStatus omitempty listType=atomic
type core.v1.PodStatusResult
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 status 2 core.v1.PodStatus omitempty
type core.v1.PodTemplate
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 template 2 core.v1.PodTemplateSpec omitempty
type core.v1.PodTemplateList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.PodTemplate required
type core.v1.PodTemplateSpec
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.PodSpec omitempty
type core.v1.PortStatus
 port 1 int32 required
 protocol 2 string@core.v1.Protocol required
 error 3 *string omitempty
type core.v1.PortworxVolumeSource
 volumeID 1 string required
 fsType 2 string omitempty
 readOnly 3 bool omitempty
type core.v1.Preconditions
 uid 1 *uid omitempty
type core.v1.PreferAvoidPodsEntry
 podSignature 1 core.v1.PodSignature required
 evictionTime 2 time omitempty
 reason 3 string omitempty
 message 4 string omitempty
type core.v1.PreferredSchedulingTerm
 weight 1 int32 required
 preference 2 core.v1.NodeSelectorTerm required
type core.v1.Probe
 <inline> 1 core.v1.ProbeHandler required
 initialDelaySeconds 2 int32 omitempty
 timeoutSeconds 3 int32 omitempty
 periodSeconds 4 int32 omitempty
 successThreshold 5 int32 omitempty
 failureThreshold 6 int32 omitempty
 terminationGracePeriodSeconds 7 *int64 omitempty
type core.v1.ProbeHandler
 exec 1 *core.v1.ExecAction omitempty
 httpGet 2 *core.v1.HTTPGetAction omitempty
 tcpSocket 3 *core.v1.TCPSocketAction omitempty
 grpc 4 *core.v1.GRPCAction omitempty
type core.v1.ProjectedVolumeSource
 sources 1 []core.v1.VolumeProjection listType=atomic
 defaultMode 2 *int32 omitempty
type core.v1.QuobyteVolumeSource
 registry 1 string required
 volume 2 string required
 readOnly 3 bool omitempty
 user 4 string omitempty
 group 5 string omitempty
 tenant 6 string omitempty
type core.v1.RBDPersistentVolumeSource
 monitors 1 []string required listType=atomic
 image 2 string required
 fsType 3 string omitempty
 pool 4 string omitempty default="rbd"
 user 5 string omitempty default="admin"
 keyring 6 string omitempty default="/etc/ceph/keyring"
 secretRef 7 *core.v1.SecretReference omitempty
 readOnly 8 bool omitempty
type core.v1.RBDVolumeSource
 monitors 1 []string required listType=atomic
 image 2 string required
 fsType 3 string omitempty
 pool 4 string omitempty default="rbd"
 user 5 string omitempty default="admin"
 keyring 6 string omitempty default="/etc/ceph/keyring"
 secretRef 7 *core.v1.LocalObjectReference omitempty
 readOnly 8 bool omitempty
type core.v1.RangeAllocation
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 range 2 string required
 data 3 bytes required
type core.v1.ReplicationController
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.ReplicationControllerSpec omitempty
 status 3 core.v1.ReplicationControllerStatus omitempty
type core.v1.ReplicationControllerCondition
 type 1 string@core.v1.ReplicationControllerConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type core.v1.ReplicationControllerList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.ReplicationController required
type core.v1.ReplicationControllerSpec
 replicas 1 *int32 omitempty default=1
 minReadySeconds 4 int32 omitempty default=0
 selector 2 {}string omitempty mapType=atomic
 template 3 *core.v1.PodTemplateSpec omitempty
type core.v1.ReplicationControllerStatus
 replicas 1 int32 required
 fullyLabeledReplicas 2 int32 omitempty
 readyReplicas 4 int32 omitempty
 availableReplicas 5 int32 omitempty
 observedGeneration 3 int64 omitempty
 conditions 6 []core.v1.ReplicationControllerCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type core.v1.ResourceClaim
 name 1 string required
 request 2 string omitempty
type core.v1.ResourceFieldSelector structType=atomic
 containerName 1 string omitempty
 resource 2 string required
 divisor 3 quantity omitempty
type core.v1.ResourceHealth
 resourceID 1 string@core.v1.ResourceID required
 health 2 string@core.v1.ResourceHealthStatus omitempty
 message 6 *string omitempty
type core.v1.ResourceQuota
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.ResourceQuotaSpec omitempty
 status 3 core.v1.ResourceQuotaStatus omitempty
type core.v1.ResourceQuotaList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.ResourceQuota required
type core.v1.ResourceQuotaSpec
 hard 1 resourceList omitempty
 scopes 2 []string@core.v1.ResourceQuotaScope omitempty listType=atomic
 scopeSelector 3 *core.v1.ScopeSelector omitempty
type core.v1.ResourceQuotaStatus
 hard 1 resourceList omitempty
 used 2 resourceList omitempty
type core.v1.ResourceRequirements
 limits 1 resourceList omitempty
 requests 2 resourceList omitempty
 claims 3 []core.v1.ResourceClaim omitempty listType=map listMapKeys=name
type core.v1.ResourceStatus
 name 1 string@core.v1.ResourceName required
 resources 2 []core.v1.ResourceHealth omitempty listType=map listMapKeys=resourceID
type core.v1.SELinuxOptions
 user 1 string omitempty
 role 2 string omitempty
 type 3 string omitempty
 level 4 string omitempty
type core.v1.ScaleIOPersistentVolumeSource
 gateway 1 string required
 system 2 string required
 secretRef 3 *core.v1.SecretReference required
 sslEnabled 4 bool omitempty
 protectionDomain 5 string omitempty
 storagePool 6 string omitempty
 storageMode 7 string omitempty default="ThinProvisioned"
 volumeName 8 string omitempty
 fsType 9 string omitempty default="xfs"
 readOnly 10 bool omitempty
type core.v1.ScaleIOVolumeSource
 gateway 1 string required
 system 2 string required
 secretRef 3 *core.v1.LocalObjectReference required
 sslEnabled 4 bool omitempty
 protectionDomain 5 string omitempty
 storagePool 6 string omitempty
 storageMode 7 string omitempty default="ThinProvisioned"
 volumeName 8 string omitempty
 fsType 9 string omitempty default="xfs"
 readOnly 10 bool omitempty
type core.v1.ScopeSelector structType=atomic
 matchExpressions 1 []core.v1.ScopedResourceSelectorRequirement omitempty listType=atomic
type core.v1.ScopedResourceSelectorRequirement
 scopeName 1 string@core.v1.ResourceQuotaScope required
 operator 2 string@core.v1.ScopeSelectorOperator required
 values 3 []string omitempty listType=atomic
type core.v1.SeccompProfile union=type:localhostProfile
 type 1 string@core.v1.SeccompProfileType required
 localhostProfile 2 *string omitempty
type core.v1.Secret
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 immutable 5 *bool omitempty
 data 2 {}bytes omitempty
 stringData 4 {}string omitempty
 type 3 string@core.v1.SecretType omitempty
type core.v1.SecretEnvSource
 <inline> 1 core.v1.LocalObjectReference required
 optional 2 *bool omitempty
type core.v1.SecretKeySelector structType=atomic
 <inline> 1 core.v1.LocalObjectReference required
 key 2 string required
 optional 3 *bool omitempty
type core.v1.SecretList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.Secret required
type core.v1.SecretProjection
 <inline> 1 core.v1.LocalObjectReference required
 items 2 []core.v1.KeyToPath omitempty listType=atomic
 optional 4 *bool omitempty
type core.v1.SecretReference structType=atomic
 name 1 string omitempty
 namespace 2 string omitempty
type core.v1.SecretVolumeSource
 secretName 1 string omitempty
 items 2 []core.v1.KeyToPath omitempty listType=atomic
 defaultMode 3 *int32 omitempty
 optional 4 *bool omitempty
type core.v1.SecurityContext
 capabilities 1 *core.v1.Capabilities omitempty
 privileged 2 *bool omitempty
 seLinuxOptions 3 *core.v1.SELinuxOptions omitempty
 windowsOptions 10 *core.v1.WindowsSecurityContextOptions omitempty
 runAsUser 4 *int64 omitempty
 runAsGroup 8 *int64 omitempty
 runAsNonRoot 5 *bool omitempty
 readOnlyRootFilesystem 6 *bool omitempty
 allowPrivilegeEscalation 7 *bool omitempty
 procMount 9 *string@core.v1.ProcMountType omitempty
 seccompProfile 11 *core.v1.SeccompProfile omitempty
 appArmorProfile 12 *core.v1.AppArmorProfile omitempty
type core.v1.SerializedReference
 kind - string omitempty
 apiVersion - string omitempty
 reference 1 core.v1.ObjectReference omitempty
type core.v1.Service
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 core.v1.ServiceSpec omitempty
 status 3 core.v1.ServiceStatus omitempty
type core.v1.ServiceAccount
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 secrets 2 []core.v1.ObjectReference omitempty listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
 imagePullSecrets 3 []core.v1.LocalObjectReference omitempty listType=atomic
 automountServiceAccountToken 4 *bool omitempty
type core.v1.ServiceAccountList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.ServiceAccount required
type core.v1.ServiceAccountTokenProjection
 audience 1 string omitempty
 expirationSeconds 2 *int64 omitempty
 path 3 string required
type core.v1.ServiceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []core.v1.Service required
type core.v1.ServicePort
 name 1 string omitempty
 protocol 2 string@core.v1.Protocol omitempty default="TCP"
 appProtocol 6 *string omitempty
 port 3 int32 required
 targetPort 4 intOrString omitempty
 nodePort 5 int32 omitempty
type core.v1.ServiceProxyOptions
 kind - string omitempty
 apiVersion - string omitempty
 path 1 string omitempty
type core.v1.ServiceSpec
 ports 1 []core.v1.ServicePort omitempty listType=map listMapKeys=port,protocol patchStrategy=merge patchMergeKey=port
 selector 2 {}string omitempty mapType=atomic
 clusterIP 3 string omitempty
 clusterIPs 18 []string omitempty listType=atomic
 type 4 string@core.v1.ServiceType omitempty
 externalIPs 5 []string omitempty listType=atomic
 sessionAffinity 7 string@core.v1.ServiceAffinity omitempty
 loadBalancerIP 8 string omitempty
 loadBalancerSourceRanges 9 []string omitempty listType=atomic
 externalName 10 string omitempty
 externalTrafficPolicy 11 string@core.v1.ServiceExternalTrafficPolicy omitempty
 healthCheckNodePort 12 int32 omitempty
 publishNotReadyAddresses 13 bool omitempty
 sessionAffinityConfig 14 *core.v1.SessionAffinityConfig omitempty
 ipFamilies 19 []string@core.v1.IPFamily omitempty listType=atomic
 ipFamilyPolicy 17 *string@core.v1.IPFamilyPolicy omitempty
 allocateLoadBalancerNodePorts 20 *bool omitempty
 loadBalancerClass 21 *string omitempty
 internalTrafficPolicy 22 *string@core.v1.ServiceInternalTrafficPolicy omitempty
 trafficDistribution 23 *string omitempty
type core.v1.ServiceStatus
 loadBalancer 1 core.v1.LoadBalancerStatus omitempty
 conditions 2 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type core.v1.SessionAffinityConfig
 clientIP 1 *core.v1.ClientIPConfig omitempty
type core.v1.SleepAction
 seconds 1 int64 required
type core.v1.StorageOSPersistentVolumeSource
 volumeName 1 string omitempty
 volumeNamespace 2 string omitempty
 fsType 3 string omitempty
 readOnly 4 bool omitempty
 secretRef 5 *core.v1.ObjectReference omitempty
type core.v1.StorageOSVolumeSource
 volumeName 1 string omitempty
 volumeNamespace 2 string omitempty
 fsType 3 string omitempty
 readOnly 4 bool omitempty
 secretRef 5 *core.v1.LocalObjectReference omitempty
type core.v1.Sysctl
 name 1 string required
 value 2 string required
type core.v1.TCPSocketAction
 port 1 intOrString required
 host 2 string omitempty
type core.v1.Taint
 key 1 string required
 value 2 string omitempty
 effect 3 string@core.v1.TaintEffect required
 timeAdded 4 *time omitempty
type core.v1.Toleration
 key 1 string omitempty
 operator 2 string@core.v1.TolerationOperator omitempty
 value 3 string omitempty
 effect 4 string@core.v1.TaintEffect omitempty
 tolerationSeconds 5 *int64 omitempty
type core.v1.TopologySelectorLabelRequirement
 key 1 string required
 values 2 []string required listType=atomic
type core.v1.TopologySelectorTerm structType=atomic
 matchLabelExpressions 1 []core.v1.TopologySelectorLabelRequirement omitempty listType=atomic
type core.v1.TopologySpreadConstraint
 maxSkew 1 int32 required
 topologyKey 2 string required
 whenUnsatisfiable 3 string@core.v1.UnsatisfiableConstraintAction required
 labelSelector 4 *meta.v1.LabelSelector omitempty
 minDomains 5 *int32 omitempty
 nodeAffinityPolicy 6 *string@core.v1.NodeInclusionPolicy omitempty
 nodeTaintsPolicy 7 *string@core.v1.NodeInclusionPolicy omitempty
 matchLabelKeys 8 []string omitempty listType=atomic
type core.v1.TypedLocalObjectReference structType=atomic
 apiGroup 1 *string
 kind 2 string required
 name 3 string required
type core.v1.TypedObjectReference
 apiGroup 1 *string
 kind 2 string required
 name 3 string required
 namespace 4 *string omitempty
type core.v1.Volume
 name 1 string required
 <inline> 2 core.v1.VolumeSource required
type core.v1.VolumeDevice
 name 1 string required
 devicePath 2 string required
type core.v1.VolumeMount
 name 1 string required
 readOnly 2 bool omitempty
 recursiveReadOnly 7 *string@core.v1.RecursiveReadOnlyMode omitempty
 mountPath 3 string required
 subPath 4 string omitempty
 mountPropagation 5 *string@core.v1.MountPropagationMode omitempty
 subPathExpr 6 string omitempty
type core.v1.VolumeMountStatus
 name 1 string required
 mountPath 2 string required
 readOnly 3 bool omitempty
 recursiveReadOnly 4 *string@core.v1.RecursiveReadOnlyMode omitempty
 volumeStatus 5 *core.v1.VolumeStatus omitempty
type core.v1.VolumeNodeAffinity
 required 1 *core.v1.NodeSelector omitempty
type core.v1.VolumeProjection
 secret 1 *core.v1.SecretProjection omitempty
 downwardAPI 2 *core.v1.DownwardAPIProjection omitempty
 configMap 3 *core.v1.ConfigMapProjection omitempty
 serviceAccountToken 4 *core.v1.ServiceAccountTokenProjection omitempty
 clusterTrustBundle 5 *core.v1.ClusterTrustBundleProjection omitempty
 podCertificate 6 *core.v1.PodCertificateProjection omitempty
type core.v1.VolumeResourceRequirements
 limits 1 resourceList omitempty
 requests 2 resourceList omitempty
type core.v1.VolumeSource
 hostPath 1 *core.v1.HostPathVolumeSource omitempty
 emptyDir 2 *core.v1.EmptyDirVolumeSource omitempty
 gcePersistentDisk 3 *core.v1.GCEPersistentDiskVolumeSource omitempty
 awsElasticBlockStore 4 *core.v1.AWSElasticBlockStoreVolumeSource omitempty
 gitRepo 5 *core.v1.GitRepoVolumeSource omitempty
 secret 6 *core.v1.SecretVolumeSource omitempty
 nfs 7 *core.v1.NFSVolumeSource omitempty
 iscsi 8 *core.v1.ISCSIVolumeSource omitempty
 glusterfs 9 *core.v1.GlusterfsVolumeSource omitempty
 persistentVolumeClaim 10 *core.v1.PersistentVolumeClaimVolumeSource omitempty
 rbd 11 *core.v1.RBDVolumeSource omitempty
 flexVolume 12 *core.v1.FlexVolumeSource omitempty
 cinder 13 *core.v1.CinderVolumeSource omitempty
 cephfs 14 *core.v1.CephFSVolumeSource omitempty
 flocker 15 *core.v1.FlockerVolumeSource omitempty
 downwardAPI 16 *core.v1.DownwardAPIVolumeSource omitempty
 fc 17 *core.v1.FCVolumeSource omitempty
 azureFile 18 *core.v1.AzureFileVolumeSource omitempty
 configMap 19 *core.v1.ConfigMapVolumeSource omitempty
 vsphereVolume 20 *core.v1.VsphereVirtualDiskVolumeSource omitempty
 quobyte 21 *core.v1.QuobyteVolumeSource omitempty
 azureDisk 22 *core.v1.AzureDiskVolumeSource omitempty
 photonPersistentDisk 23 *core.v1.PhotonPersistentDiskVolumeSource omitempty
 projected 26 *core.v1.ProjectedVolumeSource omitempty
 portworxVolume 24 *core.v1.PortworxVolumeSource omitempty
 scaleIO 25 *core.v1.ScaleIOVolumeSource omitempty
 storageos 27 *core.v1.StorageOSVolumeSource omitempty
 csi 28 *core.v1.CSIVolumeSource omitempty
 ephemeral 29 *core.v1.EphemeralVolumeSource omitempty
 image 30 *core.v1.ImageVolumeSource omitempty
type core.v1.VolumeStatus
 image 1 *core.v1.ImageVolumeStatus omitempty
type core.v1.VsphereVirtualDiskVolumeSource
 volumePath 1 string required
 fsType 2 string omitempty
 storagePolicyName 3 string omitempty
 storagePolicyID 4 string omitempty
type core.v1.WeightedPodAffinityTerm
 weight 1 int32 required
 podAffinityTerm 2 core.v1.PodAffinityTerm required
type core.v1.WindowsSecurityContextOptions
 gmsaCredentialSpecName 1 *string omitempty
 gmsaCredentialSpec 2 *string omitempty
 runAsUserName 3 *string omitempty
 hostProcess 4 *bool omitempty
type discovery.v1.Endpoint
 addresses 1 []string required listType=set
 conditions 2 discovery.v1.EndpointConditions omitempty
 hostname 3 *string omitempty
 targetRef 4 *core.v1.ObjectReference omitempty
 deprecatedTopology 5 {}string omitempty
 nodeName 6 *string omitempty
 zone 7 *string omitempty
 hints 8 *discovery.v1.EndpointHints omitempty
type discovery.v1.EndpointConditions
 ready 1 *bool omitempty
 serving 2 *bool omitempty
 terminating 3 *bool omitempty
type discovery.v1.EndpointHints
 forZones 1 []discovery.v1.ForZone omitempty listType=atomic
 forNodes 2 []discovery.v1.ForNode omitempty listType=atomic
type discovery.v1.EndpointPort structType=atomic
 name 1 *string omitempty
 protocol 2 *string@core.v1.Protocol omitempty
 port 3 *int32 omitempty
 appProtocol 4 *string omitempty
type discovery.v1.EndpointSlice
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 addressType 4 string@discovery.v1.AddressType required
 endpoints 2 []discovery.v1.Endpoint listType=atomic
 ports 3 []discovery.v1.EndpointPort listType=atomic
type discovery.v1.EndpointSliceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []discovery.v1.EndpointSlice required
type discovery.v1.ForNode
 name 1 string required
type discovery.v1.ForZone
 name 1 string required
type discovery.v1beta1.Endpoint
 addresses 1 []string required listType=set
 conditions 2 discovery.v1beta1.EndpointConditions omitempty
 hostname 3 *string omitempty
 targetRef 4 *core.v1.ObjectReference omitempty
 topology 5 {}string omitempty
 nodeName 6 *string omitempty
 hints 7 *discovery.v1beta1.EndpointHints omitempty
type discovery.v1beta1.EndpointConditions
 ready 1 *bool omitempty
 serving 2 *bool omitempty
 terminating 3 *bool omitempty
type discovery.v1beta1.EndpointHints
 forZones 1 []discovery.v1beta1.ForZone omitempty listType=atomic
 forNodes 2 []discovery.v1beta1.ForNode omitempty listType=atomic
type discovery.v1beta1.EndpointPort
 name 1 *string omitempty
 protocol 2 *string@core.v1.Protocol omitempty
 port 3 *int32 omitempty
 appProtocol 4 *string omitempty
type discovery.v1beta1.EndpointSlice
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 addressType 4 string@discovery.v1beta1.AddressType required
 endpoints 2 []discovery.v1beta1.Endpoint required listType=atomic
 ports 3 []discovery.v1beta1.EndpointPort listType=atomic
type discovery.v1beta1.EndpointSliceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []discovery.v1beta1.EndpointSlice required
type discovery.v1beta1.ForNode
 name 1 string required
type discovery.v1beta1.ForZone
 name 1 string required
type events.v1.Event
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta
 eventTime 2 microTime required
 series 3 *events.v1.EventSeries omitempty
 reportingController 4 string omitempty
 reportingInstance 5 string omitempty
 action 6 string omitempty
 reason 7 string omitempty
 regarding 8 core.v1.ObjectReference omitempty
 related 9 *core.v1.ObjectReference omitempty
 note 10 string omitempty
 type 11 string omitempty
 deprecatedSource 12 core.v1.EventSource omitempty
 deprecatedFirstTimestamp 13 time omitempty
 deprecatedLastTimestamp 14 time omitempty
 deprecatedCount 15 int32 omitempty
type events.v1.EventList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []events.v1.Event required
type events.v1.EventSeries
 count 1 int32 required
 lastObservedTime 2 microTime required
type events.v1beta1.Event
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta
 eventTime 2 microTime required
 series 3 *events.v1beta1.EventSeries omitempty
 reportingController 4 string omitempty
 reportingInstance 5 string omitempty
 action 6 string omitempty
 reason 7 string omitempty
 regarding 8 core.v1.ObjectReference omitempty
 related 9 *core.v1.ObjectReference omitempty
 note 10 string omitempty
 type 11 string omitempty
 deprecatedSource 12 core.v1.EventSource omitempty
 deprecatedFirstTimestamp 13 time omitempty
 deprecatedLastTimestamp 14 time omitempty
 deprecatedCount 15 int32 omitempty
type events.v1beta1.EventList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []events.v1beta1.Event required
type events.v1beta1.EventSeries
 count 1 int32 required
 lastObservedTime 2 microTime required
type extensions.v1beta1.DaemonSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 extensions.v1beta1.DaemonSetSpec omitempty
 status 3 extensions.v1beta1.DaemonSetStatus omitempty
type extensions.v1beta1.DaemonSetCondition
 type 1 string@extensions.v1beta1.DaemonSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type extensions.v1beta1.DaemonSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []extensions.v1beta1.DaemonSet required
type extensions.v1beta1.DaemonSetSpec
 selector 1 *meta.v1.LabelSelector omitempty
 template 2 core.v1.PodTemplateSpec required
 updateStrategy 3 extensions.v1beta1.DaemonSetUpdateStrategy omitempty
 minReadySeconds 4 int32 omitempty
 templateGeneration 5 int64 omitempty
 revisionHistoryLimit 6 *int32 omitempty
type extensions.v1beta1.DaemonSetStatus
 currentNumberScheduled 1 int32 required
 numberMisscheduled 2 int32 required
 desiredNumberScheduled 3 int32 required
 numberReady 4 int32 required
 observedGeneration 5 int64 omitempty
 updatedNumberScheduled 6 int32 omitempty
 numberAvailable 7 int32 omitempty
 numberUnavailable 8 int32 omitempty
 collisionCount 9 *int32 omitempty
 conditions 10 []extensions.v1beta1.DaemonSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type extensions.v1beta1.DaemonSetUpdateStrategy
 type 1 string@extensions.v1beta1.DaemonSetUpdateStrategyType omitempty
 rollingUpdate 2 *extensions.v1beta1.RollingUpdateDaemonSet omitempty
type extensions.v1beta1.Deployment
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 extensions.v1beta1.DeploymentSpec omitempty
 status 3 extensions.v1beta1.DeploymentStatus omitempty
type extensions.v1beta1.DeploymentCondition
 type 1 string@extensions.v1beta1.DeploymentConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastUpdateTime 6 time omitempty
 lastTransitionTime 7 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type extensions.v1beta1.DeploymentList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []extensions.v1beta1.Deployment required
type extensions.v1beta1.DeploymentRollback
 kind - string omitempty
 apiVersion - string omitempty
 name 1 string required
 updatedAnnotations 2 {}string omitempty
 rollbackTo 3 extensions.v1beta1.RollbackConfig required
type extensions.v1beta1.DeploymentSpec
 replicas 1 *int32 omitempty
 selector 2 *meta.v1.LabelSelector omitempty
 template 3 core.v1.PodTemplateSpec required
 strategy 4 extensions.v1beta1.DeploymentStrategy omitempty patchStrategy=retainKeys
 minReadySeconds 5 int32 omitempty
 revisionHistoryLimit 6 *int32 omitempty
 paused 7 bool omitempty
 rollbackTo 8 *extensions.v1beta1.RollbackConfig omitempty
 progressDeadlineSeconds 9 *int32 omitempty
type extensions.v1beta1.DeploymentStatus
 observedGeneration 1 int64 omitempty
 replicas 2 int32 omitempty
 updatedReplicas 3 int32 omitempty
 readyReplicas 7 int32 omitempty
 availableReplicas 4 int32 omitempty
 unavailableReplicas 5 int32 omitempty
 terminatingReplicas 9 *int32 omitempty
 conditions 6 []extensions.v1beta1.DeploymentCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 collisionCount 8 *int32 omitempty
type extensions.v1beta1.DeploymentStrategy
 type 1 string@extensions.v1beta1.DeploymentStrategyType omitempty
 rollingUpdate 2 *extensions.v1beta1.RollingUpdateDeployment omitempty
type extensions.v1beta1.HTTPIngressPath
 path 1 string omitempty
 pathType 3 *string@extensions.v1beta1.PathType omitempty
 backend 2 extensions.v1beta1.IngressBackend required
type extensions.v1beta1.HTTPIngressRuleValue
 paths 1 []extensions.v1beta1.HTTPIngressPath required listType=atomic
type extensions.v1beta1.IPBlock
 cidr 1 string required
 except 2 []string omitempty listType=atomic
type extensions.v1beta1.Ingress
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 extensions.v1beta1.IngressSpec omitempty
 status 3 extensions.v1beta1.IngressStatus omitempty
type extensions.v1beta1.IngressBackend
 serviceName 1 string omitempty
 servicePort 2 intOrString omitempty
 resource 3 *core.v1.TypedLocalObjectReference omitempty
type extensions.v1beta1.IngressList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []extensions.v1beta1.Ingress required
type extensions.v1beta1.IngressLoadBalancerIngress
 ip 1 string omitempty
 hostname 2 string omitempty
 ports 4 []extensions.v1beta1.IngressPortStatus omitempty listType=atomic
type extensions.v1beta1.IngressLoadBalancerStatus
 ingress 1 []extensions.v1beta1.IngressLoadBalancerIngress omitempty listType=atomic
type extensions.v1beta1.IngressPortStatus
 port 1 int32 required
 protocol 2 string@core.v1.Protocol required
 error 3 *string omitempty
type extensions.v1beta1.IngressRule
 host 1 string omitempty
 <inline> 2 extensions.v1beta1.IngressRuleValue
type extensions.v1beta1.IngressRuleValue
 http 1 *extensions.v1beta1.HTTPIngressRuleValue omitempty
type extensions.v1beta1.IngressSpec
 ingressClassName 4 *string omitempty
 backend 1 *extensions.v1beta1.IngressBackend omitempty
 tls 2 []extensions.v1beta1.IngressTLS omitempty listType=atomic
 rules 3 []extensions.v1beta1.IngressRule omitempty listType=atomic
type extensions.v1beta1.IngressStatus
 loadBalancer 1 extensions.v1beta1.IngressLoadBalancerStatus omitempty
type extensions.v1beta1.IngressTLS
 hosts 1 []string omitempty listType=atomic
 secretName 2 string omitempty
type extensions.v1beta1.NetworkPolicy
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 extensions.v1beta1.NetworkPolicySpec omitempty
type extensions.v1beta1.NetworkPolicyEgressRule
 ports 1 []extensions.v1beta1.NetworkPolicyPort omitempty listType=atomic
 to 2 []extensions.v1beta1.NetworkPolicyPeer omitempty listType=atomic
type extensions.v1beta1.NetworkPolicyIngressRule
 ports 1 []extensions.v1beta1.NetworkPolicyPort omitempty listType=atomic
 from 2 []extensions.v1beta1.NetworkPolicyPeer omitempty listType=atomic
type extensions.v1beta1.NetworkPolicyList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []extensions.v1beta1.NetworkPolicy required
type extensions.v1beta1.NetworkPolicyPeer
 podSelector 1 *meta.v1.LabelSelector omitempty
 namespaceSelector 2 *meta.v1.LabelSelector omitempty
 ipBlock 3 *extensions.v1beta1.IPBlock omitempty
type extensions.v1beta1.NetworkPolicyPort
 protocol 1 *string@core.v1.Protocol omitempty
 port 2 *intOrString omitempty
 endPort 3 *int32 omitempty
type extensions.v1beta1.NetworkPolicySpec
 podSelector 1 meta.v1.LabelSelector required
 ingress 2 []extensions.v1beta1.NetworkPolicyIngressRule omitempty listType=atomic
 egress 3 []extensions.v1beta1.NetworkPolicyEgressRule omitempty listType=atomic
 policyTypes 4 []string@extensions.v1beta1.PolicyType omitempty listType=atomic
type extensions.v1beta1.ReplicaSet
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 extensions.v1beta1.ReplicaSetSpec omitempty
 status 3 extensions.v1beta1.ReplicaSetStatus omitempty
type extensions.v1beta1.ReplicaSetCondition
 type 1 string@extensions.v1beta1.ReplicaSetConditionType required
 status 2 string@core.v1.ConditionStatus required
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type extensions.v1beta1.ReplicaSetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []extensions.v1beta1.ReplicaSet required
type extensions.v1beta1.ReplicaSetSpec
 replicas 1 *int32 omitempty
 minReadySeconds 4 int32 omitempty
 selector 2 *meta.v1.LabelSelector omitempty
 template 3 core.v1.PodTemplateSpec omitempty
type extensions.v1beta1.ReplicaSetStatus
 replicas 1 int32 required
 fullyLabeledReplicas 2 int32 omitempty
 readyReplicas 4 int32 omitempty
 availableReplicas 5 int32 omitempty
 terminatingReplicas 7 *int32 omitempty
 observedGeneration 3 int64 omitempty
 conditions 6 []extensions.v1beta1.ReplicaSetCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type extensions.v1beta1.RollbackConfig
 revision 1 int64 omitempty
type extensions.v1beta1.RollingUpdateDaemonSet
 maxUnavailable 1 *intOrString omitempty
 maxSurge 2 *intOrString omitempty
type extensions.v1beta1.RollingUpdateDeployment
 maxUnavailable 1 *intOrString omitempty
 maxSurge 2 *intOrString omitempty
type extensions.v1beta1.Scale
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 extensions.v1beta1.ScaleSpec omitempty
 status 3 extensions.v1beta1.ScaleStatus omitempty
type extensions.v1beta1.ScaleSpec
 replicas 1 int32 omitempty default=0
type extensions.v1beta1.ScaleStatus
 replicas 1 int32 required
 selector 2 {}string omitempty mapType=atomic
 targetSelector 3 string omitempty
type flowcontrol.v1.ExemptPriorityLevelConfiguration
 nominalConcurrencyShares 1 *int32 omitempty
 lendablePercent 2 *int32 omitempty
type flowcontrol.v1.FlowDistinguisherMethod
 type 1 string@flowcontrol.v1.FlowDistinguisherMethodType required
type flowcontrol.v1.FlowSchema
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 flowcontrol.v1.FlowSchemaSpec omitempty
 status 3 flowcontrol.v1.FlowSchemaStatus omitempty
type flowcontrol.v1.FlowSchemaCondition
 type 1 string@flowcontrol.v1.FlowSchemaConditionType omitempty
 status 2 string@flowcontrol.v1.ConditionStatus omitempty
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type flowcontrol.v1.FlowSchemaList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []flowcontrol.v1.FlowSchema required
type flowcontrol.v1.FlowSchemaSpec
 priorityLevelConfiguration 1 flowcontrol.v1.PriorityLevelConfigurationReference required
 matchingPrecedence 2 int32
 distinguisherMethod 3 *flowcontrol.v1.FlowDistinguisherMethod omitempty
 rules 4 []flowcontrol.v1.PolicyRulesWithSubjects omitempty listType=atomic
type flowcontrol.v1.FlowSchemaStatus
 conditions 1 []flowcontrol.v1.FlowSchemaCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type flowcontrol.v1.GroupSubject
 name 1 string required
type flowcontrol.v1.LimitResponse union=type:queuing
 type 1 string@flowcontrol.v1.LimitResponseType required
 queuing 2 *flowcontrol.v1.QueuingConfiguration omitempty
type flowcontrol.v1.LimitedPriorityLevelConfiguration
 nominalConcurrencyShares 1 *int32
 limitResponse 2 flowcontrol.v1.LimitResponse omitempty
 lendablePercent 3 *int32 omitempty
 borrowingLimitPercent 4 *int32 omitempty
type flowcontrol.v1.NonResourcePolicyRule
 verbs 1 []string required listType=set
 nonResourceURLs 6 []string required listType=set
type flowcontrol.v1.PolicyRulesWithSubjects
 subjects 1 []flowcontrol.v1.Subject required listType=atomic
 resourceRules 2 []flowcontrol.v1.ResourcePolicyRule omitempty listType=atomic
 nonResourceRules 3 []flowcontrol.v1.NonResourcePolicyRule omitempty listType=atomic
type flowcontrol.v1.PriorityLevelConfiguration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 flowcontrol.v1.PriorityLevelConfigurationSpec omitempty
 status 3 flowcontrol.v1.PriorityLevelConfigurationStatus omitempty
type flowcontrol.v1.PriorityLevelConfigurationCondition
 type 1 string@flowcontrol.v1.PriorityLevelConfigurationConditionType omitempty
 status 2 string@flowcontrol.v1.ConditionStatus omitempty
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type flowcontrol.v1.PriorityLevelConfigurationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []flowcontrol.v1.PriorityLevelConfiguration required
type flowcontrol.v1.PriorityLevelConfigurationReference
 name 1 string required
type flowcontrol.v1.PriorityLevelConfigurationSpec union=type:limited,exempt
 type 1 string@flowcontrol.v1.PriorityLevelEnablement required
 limited 2 *flowcontrol.v1.LimitedPriorityLevelConfiguration omitempty
 exempt 3 *flowcontrol.v1.ExemptPriorityLevelConfiguration omitempty
type flowcontrol.v1.PriorityLevelConfigurationStatus
 conditions 1 []flowcontrol.v1.PriorityLevelConfigurationCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type flowcontrol.v1.QueuingConfiguration
 queues 1 int32
 handSize 2 int32
 queueLengthLimit 3 int32
type flowcontrol.v1.ResourcePolicyRule
 verbs 1 []string required listType=set
 apiGroups 2 []string required listType=set
 resources 3 []string required listType=set
 clusterScope 4 bool omitempty
 namespaces 5 []string listType=set
type flowcontrol.v1.ServiceAccountSubject
 namespace 1 string required
 name 2 string required
type flowcontrol.v1.Subject union=kind:user,group,serviceAccount
 kind 1 string@flowcontrol.v1.SubjectKind required
 user 2 *flowcontrol.v1.UserSubject omitempty
 group 3 *flowcontrol.v1.GroupSubject omitempty
 serviceAccount 4 *flowcontrol.v1.ServiceAccountSubject omitempty
type flowcontrol.v1.UserSubject
 name 1 string required
type flowcontrol.v1beta1.ExemptPriorityLevelConfiguration
 nominalConcurrencyShares 1 *int32 omitempty
 lendablePercent 2 *int32 omitempty
type flowcontrol.v1beta1.FlowDistinguisherMethod
 type 1 string@flowcontrol.v1beta1.FlowDistinguisherMethodType required
type flowcontrol.v1beta1.FlowSchema
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 flowcontrol.v1beta1.FlowSchemaSpec omitempty
 status 3 flowcontrol.v1beta1.FlowSchemaStatus omitempty
type flowcontrol.v1beta1.FlowSchemaCondition
 type 1 string@flowcontrol.v1beta1.FlowSchemaConditionType omitempty
 status 2 string@flowcontrol.v1beta1.ConditionStatus omitempty
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type flowcontrol.v1beta1.FlowSchemaList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []flowcontrol.v1beta1.FlowSchema required
type flowcontrol.v1beta1.FlowSchemaSpec
 priorityLevelConfiguration 1 flowcontrol.v1beta1.PriorityLevelConfigurationReference required
 matchingPrecedence 2 int32
 distinguisherMethod 3 *flowcontrol.v1beta1.FlowDistinguisherMethod omitempty
 rules 4 []flowcontrol.v1beta1.PolicyRulesWithSubjects omitempty listType=atomic
type flowcontrol.v1beta1.FlowSchemaStatus
 conditions 1 []flowcontrol.v1beta1.FlowSchemaCondition omitempty listType=map listMapKeys=type
type flowcontrol.v1beta1.GroupSubject
 name 1 string required
type flowcontrol.v1beta1.LimitResponse union=type:queuing
 type 1 string@flowcontrol.v1beta1.LimitResponseType required
 queuing 2 *flowcontrol.v1beta1.QueuingConfiguration omitempty
type flowcontrol.v1beta1.LimitedPriorityLevelConfiguration
 assuredConcurrencyShares 1 int32
 limitResponse 2 flowcontrol.v1beta1.LimitResponse omitempty
 lendablePercent 3 *int32 omitempty
 borrowingLimitPercent 4 *int32 omitempty
type flowcontrol.v1beta1.NonResourcePolicyRule
 verbs 1 []string required listType=set
 nonResourceURLs 6 []string required listType=set
type flowcontrol.v1beta1.PolicyRulesWithSubjects
 subjects 1 []flowcontrol.v1beta1.Subject required listType=atomic
 resourceRules 2 []flowcontrol.v1beta1.ResourcePolicyRule omitempty listType=atomic
 nonResourceRules 3 []flowcontrol.v1beta1.NonResourcePolicyRule omitempty listType=atomic
type flowcontrol.v1beta1.PriorityLevelConfiguration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 flowcontrol.v1beta1.PriorityLevelConfigurationSpec omitempty
 status 3 flowcontrol.v1beta1.PriorityLevelConfigurationStatus omitempty
type flowcontrol.v1beta1.PriorityLevelConfigurationCondition
 type 1 string@flowcontrol.v1beta1.PriorityLevelConfigurationConditionType omitempty
 status 2 string@flowcontrol.v1beta1.ConditionStatus omitempty
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type flowcontrol.v1beta1.PriorityLevelConfigurationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []flowcontrol.v1beta1.PriorityLevelConfiguration required
type flowcontrol.v1beta1.PriorityLevelConfigurationReference
 name 1 string required
type flowcontrol.v1beta1.PriorityLevelConfigurationSpec union=type:limited,exempt
 type 1 string@flowcontrol.v1beta1.PriorityLevelEnablement required
 limited 2 *flowcontrol.v1beta1.LimitedPriorityLevelConfiguration omitempty
 exempt 3 *flowcontrol.v1beta1.ExemptPriorityLevelConfiguration omitempty
type flowcontrol.v1beta1.PriorityLevelConfigurationStatus
 conditions 1 []flowcontrol.v1beta1.PriorityLevelConfigurationCondition omitempty listType=map listMapKeys=type
type flowcontrol.v1beta1.QueuingConfiguration
 queues 1 int32
 handSize 2 int32
 queueLengthLimit 3 int32
type flowcontrol.v1beta1.ResourcePolicyRule
 verbs 1 []string required listType=set
 apiGroups 2 []string required listType=set
 resources 3 []string required listType=set
 clusterScope 4 bool omitempty
 namespaces 5 []string listType=set
type flowcontrol.v1beta1.ServiceAccountSubject
 namespace 1 string required
 name 2 string required
type flowcontrol.v1beta1.Subject union=kind:user,group,serviceAccount
 kind 1 string@flowcontrol.v1beta1.SubjectKind required
 user 2 *flowcontrol.v1beta1.UserSubject omitempty
 group 3 *flowcontrol.v1beta1.GroupSubject omitempty
 serviceAccount 4 *flowcontrol.v1beta1.ServiceAccountSubject omitempty
type flowcontrol.v1beta1.UserSubject
 name 1 string required
type flowcontrol.v1beta2.ExemptPriorityLevelConfiguration
 nominalConcurrencyShares 1 *int32 omitempty
 lendablePercent 2 *int32 omitempty
type flowcontrol.v1beta2.FlowDistinguisherMethod
 type 1 string@flowcontrol.v1beta2.FlowDistinguisherMethodType required
type flowcontrol.v1beta2.FlowSchema
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 flowcontrol.v1beta2.FlowSchemaSpec omitempty
 status 3 flowcontrol.v1beta2.FlowSchemaStatus omitempty
type flowcontrol.v1beta2.FlowSchemaCondition
 type 1 string@flowcontrol.v1beta2.FlowSchemaConditionType omitempty
 status 2 string@flowcontrol.v1beta2.ConditionStatus omitempty
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type flowcontrol.v1beta2.FlowSchemaList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []flowcontrol.v1beta2.FlowSchema required
type flowcontrol.v1beta2.FlowSchemaSpec
 priorityLevelConfiguration 1 flowcontrol.v1beta2.PriorityLevelConfigurationReference required
 matchingPrecedence 2 int32
 distinguisherMethod 3 *flowcontrol.v1beta2.FlowDistinguisherMethod omitempty
 rules 4 []flowcontrol.v1beta2.PolicyRulesWithSubjects omitempty listType=atomic
type flowcontrol.v1beta2.FlowSchemaStatus
 conditions 1 []flowcontrol.v1beta2.FlowSchemaCondition omitempty listType=map listMapKeys=type
type flowcontrol.v1beta2.GroupSubject
 name 1 string required
type flowcontrol.v1beta2.LimitResponse union=type:queuing
 type 1 string@flowcontrol.v1beta2.LimitResponseType required
 queuing 2 *flowcontrol.v1beta2.QueuingConfiguration omitempty
type flowcontrol.v1beta2.LimitedPriorityLevelConfiguration
 assuredConcurrencyShares 1 int32
 limitResponse 2 flowcontrol.v1beta2.LimitResponse omitempty
 lendablePercent 3 *int32 omitempty
 borrowingLimitPercent 4 *int32 omitempty
type flowcontrol.v1beta2.NonResourcePolicyRule
 verbs 1 []string required listType=set
 nonResourceURLs 6 []string required listType=set
type flowcontrol.v1beta2.PolicyRulesWithSubjects
 subjects 1 []flowcontrol.v1beta2.Subject required listType=atomic
 resourceRules 2 []flowcontrol.v1beta2.ResourcePolicyRule omitempty listType=atomic
 nonResourceRules 3 []flowcontrol.v1beta2.NonResourcePolicyRule omitempty listType=atomic
type flowcontrol.v1beta2.PriorityLevelConfiguration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 flowcontrol.v1beta2.PriorityLevelConfigurationSpec omitempty
 status 3 flowcontrol.v1beta2.PriorityLevelConfigurationStatus omitempty
type flowcontrol.v1beta2.PriorityLevelConfigurationCondition
 type 1 string@flowcontrol.v1beta2.PriorityLevelConfigurationConditionType omitempty
 status 2 string@flowcontrol.v1beta2.ConditionStatus omitempty
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type flowcontrol.v1beta2.PriorityLevelConfigurationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []flowcontrol.v1beta2.PriorityLevelConfiguration required
type flowcontrol.v1beta2.PriorityLevelConfigurationReference
 name 1 string required
type flowcontrol.v1beta2.PriorityLevelConfigurationSpec union=type:limited,exempt
 type 1 string@flowcontrol.v1beta2.PriorityLevelEnablement required
 limited 2 *flowcontrol.v1beta2.LimitedPriorityLevelConfiguration omitempty
 exempt 3 *flowcontrol.v1beta2.ExemptPriorityLevelConfiguration omitempty
type flowcontrol.v1beta2.PriorityLevelConfigurationStatus
 conditions 1 []flowcontrol.v1beta2.PriorityLevelConfigurationCondition omitempty listType=map listMapKeys=type
type flowcontrol.v1beta2.QueuingConfiguration
 queues 1 int32
 handSize 2 int32
 queueLengthLimit 3 int32
type flowcontrol.v1beta2.ResourcePolicyRule
 verbs 1 []string required listType=set
 apiGroups 2 []string required listType=set
 resources 3 []string required listType=set
 clusterScope 4 bool omitempty
 namespaces 5 []string listType=set
type flowcontrol.v1beta2.ServiceAccountSubject
 namespace 1 string required
 name 2 string required
type flowcontrol.v1beta2.Subject union=kind:user,group,serviceAccount
 kind 1 string@flowcontrol.v1beta2.SubjectKind required
 user 2 *flowcontrol.v1beta2.UserSubject omitempty
 group 3 *flowcontrol.v1beta2.GroupSubject omitempty
 serviceAccount 4 *flowcontrol.v1beta2.ServiceAccountSubject omitempty
type flowcontrol.v1beta2.UserSubject
 name 1 string required
type flowcontrol.v1beta3.ExemptPriorityLevelConfiguration
 nominalConcurrencyShares 1 *int32 omitempty
 lendablePercent 2 *int32 omitempty
type flowcontrol.v1beta3.FlowDistinguisherMethod
 type 1 string@flowcontrol.v1beta3.FlowDistinguisherMethodType required
type flowcontrol.v1beta3.FlowSchema
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 flowcontrol.v1beta3.FlowSchemaSpec omitempty
 status 3 flowcontrol.v1beta3.FlowSchemaStatus omitempty
type flowcontrol.v1beta3.FlowSchemaCondition
 type 1 string@flowcontrol.v1beta3.FlowSchemaConditionType omitempty
 status 2 string@flowcontrol.v1beta3.ConditionStatus omitempty
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type flowcontrol.v1beta3.FlowSchemaList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []flowcontrol.v1beta3.FlowSchema required
type flowcontrol.v1beta3.FlowSchemaSpec
 priorityLevelConfiguration 1 flowcontrol.v1beta3.PriorityLevelConfigurationReference required
 matchingPrecedence 2 int32
 distinguisherMethod 3 *flowcontrol.v1beta3.FlowDistinguisherMethod omitempty
 rules 4 []flowcontrol.v1beta3.PolicyRulesWithSubjects omitempty listType=atomic
type flowcontrol.v1beta3.FlowSchemaStatus
 conditions 1 []flowcontrol.v1beta3.FlowSchemaCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type flowcontrol.v1beta3.GroupSubject
 name 1 string required
type flowcontrol.v1beta3.LimitResponse union=type:queuing
 type 1 string@flowcontrol.v1beta3.LimitResponseType required
 queuing 2 *flowcontrol.v1beta3.QueuingConfiguration omitempty
type flowcontrol.v1beta3.LimitedPriorityLevelConfiguration
 nominalConcurrencyShares 1 int32
 limitResponse 2 flowcontrol.v1beta3.LimitResponse omitempty
 lendablePercent 3 *int32 omitempty
 borrowingLimitPercent 4 *int32 omitempty
type flowcontrol.v1beta3.NonResourcePolicyRule
 verbs 1 []string required listType=set
 nonResourceURLs 6 []string required listType=set
type flowcontrol.v1beta3.PolicyRulesWithSubjects
 subjects 1 []flowcontrol.v1beta3.Subject required listType=atomic
 resourceRules 2 []flowcontrol.v1beta3.ResourcePolicyRule omitempty listType=atomic
 nonResourceRules 3 []flowcontrol.v1beta3.NonResourcePolicyRule omitempty listType=atomic
type flowcontrol.v1beta3.PriorityLevelConfiguration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 flowcontrol.v1beta3.PriorityLevelConfigurationSpec omitempty
 status 3 flowcontrol.v1beta3.PriorityLevelConfigurationStatus omitempty
type flowcontrol.v1beta3.PriorityLevelConfigurationCondition
 type 1 string@flowcontrol.v1beta3.PriorityLevelConfigurationConditionType omitempty
 status 2 string@flowcontrol.v1beta3.ConditionStatus omitempty
 lastTransitionTime 3 time omitempty
 reason 4 string omitempty
 message 5 string omitempty
type flowcontrol.v1beta3.PriorityLevelConfigurationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []flowcontrol.v1beta3.PriorityLevelConfiguration required
type flowcontrol.v1beta3.PriorityLevelConfigurationReference
 name 1 string required
type flowcontrol.v1beta3.PriorityLevelConfigurationSpec union=type:limited,exempt
 type 1 string@flowcontrol.v1beta3.PriorityLevelEnablement required
 limited 2 *flowcontrol.v1beta3.LimitedPriorityLevelConfiguration omitempty
 exempt 3 *flowcontrol.v1beta3.ExemptPriorityLevelConfiguration omitempty
type flowcontrol.v1beta3.PriorityLevelConfigurationStatus
 conditions 1 []flowcontrol.v1beta3.PriorityLevelConfigurationCondition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type flowcontrol.v1beta3.QueuingConfiguration
 queues 1 int32
 handSize 2 int32
 queueLengthLimit 3 int32
type flowcontrol.v1beta3.ResourcePolicyRule
 verbs 1 []string required listType=set
 apiGroups 2 []string required listType=set
 resources 3 []string required listType=set
 clusterScope 4 bool omitempty
 namespaces 5 []string listType=set
type flowcontrol.v1beta3.ServiceAccountSubject
 namespace 1 string required
 name 2 string required
type flowcontrol.v1beta3.Subject union=kind:user,group,serviceAccount
 kind 1 string@flowcontrol.v1beta3.SubjectKind required
 user 2 *flowcontrol.v1beta3.UserSubject omitempty
 group 3 *flowcontrol.v1beta3.GroupSubject omitempty
 serviceAccount 4 *flowcontrol.v1beta3.ServiceAccountSubject omitempty
type flowcontrol.v1beta3.UserSubject
 name 1 string required
type imagepolicy.v1alpha1.ImageReview
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 imagepolicy.v1alpha1.ImageReviewSpec
 status 3 imagepolicy.v1alpha1.ImageReviewStatus omitempty
type imagepolicy.v1alpha1.ImageReviewContainerSpec
 image 1 string omitempty
type imagepolicy.v1alpha1.ImageReviewSpec
 containers 1 []imagepolicy.v1alpha1.ImageReviewContainerSpec omitempty listType=atomic
 annotations 2 {}string omitempty
 namespace 3 string omitempty
type imagepolicy.v1alpha1.ImageReviewStatus
 allowed 1 bool
 reason 2 string omitempty
 auditAnnotations 3 {}string omitempty
type meta.v1.APIGroup
 kind - string omitempty
 apiVersion - string omitempty
 name 1 string required
 versions 2 []meta.v1.GroupVersionForDiscovery required listType=atomic
 preferredVersion 3 meta.v1.GroupVersionForDiscovery omitempty
 serverAddressByClientCIDRs 4 []meta.v1.ServerAddressByClientCIDR omitempty listType=atomic
type meta.v1.APIGroupList
 kind - string omitempty
 apiVersion - string omitempty
 groups 1 []meta.v1.APIGroup required listType=atomic
type meta.v1.APIResource
 name 1 string required
 singularName 6 string required
 namespaced 2 bool required
 group 8 string omitempty
 version 9 string omitempty
 kind 3 string required
 verbs 4 <>string required
 shortNames 5 []string omitempty listType=atomic
 categories 7 []string omitempty listType=atomic
 storageVersionHash 10 string omitempty
type meta.v1.APIResourceList
 kind - string omitempty
 apiVersion - string omitempty
 groupVersion 1 string required
 resources 2 []meta.v1.APIResource required listType=atomic
type meta.v1.APIVersions
 kind - string omitempty
 apiVersion - string omitempty
 versions 1 []string required listType=atomic
 serverAddressByClientCIDRs 2 []meta.v1.ServerAddressByClientCIDR required listType=atomic
type meta.v1.ApplyOptions
 kind - string omitempty
 apiVersion - string omitempty
 dryRun 1 []string omitempty listType=atomic
 force 2 bool required
 fieldManager 3 string required
type meta.v1.Condition
 type 1 string required
 status 2 string@meta.v1.ConditionStatus required
 observedGeneration 3 int64 omitempty
 lastTransitionTime 4 time required
 reason 5 string required
 message 6 string required
type meta.v1.CreateOptions
 kind - string omitempty
 apiVersion - string omitempty
 dryRun 1 []string omitempty listType=atomic
 fieldManager 3 string omitempty
 fieldValidation 4 string omitempty
type meta.v1.DeleteOptions
 kind - string omitempty
 apiVersion - string omitempty
 gracePeriodSeconds 1 *int64 omitempty
 preconditions 2 *meta.v1.Preconditions omitempty
 orphanDependents 3 *bool omitempty
 propagationPolicy 4 *string@meta.v1.DeletionPropagation omitempty
 dryRun 5 []string omitempty listType=atomic
 ignoreStoreReadErrorWithClusterBreakingPotential 6 *bool omitempty
type meta.v1.FieldSelectorRequirement
 key 1 string required
 operator 2 string@meta.v1.FieldSelectorOperator required
 values 3 []string omitempty listType=atomic
type meta.v1.GetOptions
 kind - string omitempty
 apiVersion - string omitempty
 resourceVersion 1 string omitempty
type meta.v1.GroupKind
 group 1 string required
 kind 2 string required
type meta.v1.GroupResource
 group 1 string required
 resource 2 string required
type meta.v1.GroupVersion
 group 1 string required
 version 2 string required
type meta.v1.GroupVersionForDiscovery
 groupVersion 1 string required
 version 2 string required
type meta.v1.GroupVersionKind
 group 1 string required
 version 2 string required
 kind 3 string required
type meta.v1.GroupVersionResource
 group 1 string required
 version 2 string required
 resource 3 string required
type meta.v1.LabelSelector structType=atomic
 matchLabels 1 {}string omitempty
 matchExpressions 2 []meta.v1.LabelSelectorRequirement omitempty listType=atomic
type meta.v1.LabelSelectorRequirement
 key 1 string required
 operator 2 string@meta.v1.LabelSelectorOperator required
 values 3 []string omitempty listType=atomic
type meta.v1.List
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []raw required
type meta.v1.ListMeta
 selfLink 1 string omitempty
 resourceVersion 2 string omitempty
 continue 3 string omitempty
 remainingItemCount 4 *int64 omitempty
 shardInfo 5 *meta.v1.ShardInfo omitempty
type meta.v1.ListOptions
 kind - string omitempty
 apiVersion - string omitempty
 labelSelector 1 string omitempty
 fieldSelector 2 string omitempty
 watch 3 bool omitempty
 allowWatchBookmarks 9 bool omitempty
 resourceVersion 4 string omitempty
 resourceVersionMatch 10 string@meta.v1.ResourceVersionMatch omitempty
 timeoutSeconds 5 *int64 omitempty
 limit 7 int64 omitempty
 continue 8 string omitempty
 sendInitialEvents 11 *bool omitempty
 shardSelector 15 string omitempty
type meta.v1.ManagedFieldsEntry
 manager 1 string omitempty
 operation 2 string@meta.v1.ManagedFieldsOperationType omitempty
 apiVersion 3 string omitempty
 time 4 *time omitempty
 fieldsType 6 string omitempty
 fieldsV1 7 *fieldsV1 omitempty
 subresource 8 string omitempty
type meta.v1.ObjectMeta
 name 1 string omitempty
 generateName 2 string omitempty
 namespace 3 string omitempty
 selfLink 4 string omitempty
 uid 5 uid omitempty
 resourceVersion 6 string omitempty
 generation 7 int64 omitempty
 creationTimestamp 8 time omitempty omitzero
 deletionTimestamp 9 *time omitempty
 deletionGracePeriodSeconds 10 *int64 omitempty
 labels 11 {}string omitempty
 annotations 12 {}string omitempty
 ownerReferences 13 []meta.v1.OwnerReference omitempty listType=map listMapKeys=uid patchStrategy=merge patchMergeKey=uid
 finalizers 14 []string omitempty listType=set patchStrategy=merge
 managedFields 17 []meta.v1.ManagedFieldsEntry omitempty listType=atomic
type meta.v1.OwnerReference structType=atomic
 apiVersion 5 string required
 kind 1 string required
 name 3 string required
 uid 4 uid required
 controller 6 *bool omitempty
 blockOwnerDeletion 7 *bool omitempty
type meta.v1.PartialObjectMetadata
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
type meta.v1.PartialObjectMetadataList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []meta.v1.PartialObjectMetadata required
type meta.v1.Patch
type meta.v1.PatchOptions
 kind - string omitempty
 apiVersion - string omitempty
 dryRun 1 []string omitempty listType=atomic
 force 2 *bool omitempty
 fieldManager 3 string omitempty
 fieldValidation 4 string omitempty
type meta.v1.Preconditions
 uid 1 *uid omitempty
 resourceVersion 2 *string omitempty
type meta.v1.RootPaths
 paths 1 []string required listType=atomic
type meta.v1.ServerAddressByClientCIDR
 clientCIDR 1 string required
 serverAddress 2 string required
type meta.v1.ShardInfo
 selector 1 string required
type meta.v1.Status
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 status 2 string omitempty
 message 3 string omitempty
 reason 4 string@meta.v1.StatusReason omitempty
 details 5 *meta.v1.StatusDetails omitempty
 code 6 int32 omitempty
type meta.v1.StatusCause
 reason 1 string@meta.v1.CauseType omitempty
 message 2 string omitempty
 field 3 string omitempty
type meta.v1.StatusDetails
 name 1 string omitempty
 group 2 string omitempty
 kind 3 string omitempty
 uid 6 uid omitempty
 causes 4 []meta.v1.StatusCause omitempty listType=atomic
 retryAfterSeconds 5 int32 omitempty
type meta.v1.Table
 kind - string omitempty
 apiVersion - string omitempty
 metadata - meta.v1.ListMeta omitempty
 columnDefinitions - []meta.v1.TableColumnDefinition required listType=atomic
 rows - []meta.v1.TableRow required listType=atomic
type meta.v1.TableColumnDefinition
 name - string required
 type - string required
 format - string required
 description - string required
 priority - int32 required
type meta.v1.TableOptions
 kind - string omitempty
 apiVersion - string omitempty
 includeObject 1 string@meta.v1.IncludeObjectPolicy omitempty
type meta.v1.TableRow
 cells - []any required listType=atomic
 conditions - []meta.v1.TableRowCondition omitempty listType=atomic
 object - raw omitempty
type meta.v1.TableRowCondition
 type - string@meta.v1.RowConditionType required
 status - string@meta.v1.ConditionStatus required
 reason - string omitempty
 message - string omitempty
type meta.v1.Timestamp
 seconds 1 int64 required
 nanos 2 int32 required
type meta.v1.TypeMeta
 kind 1 string omitempty
 apiVersion 2 string omitempty
type meta.v1.UpdateOptions
 kind - string omitempty
 apiVersion - string omitempty
 dryRun 1 []string omitempty listType=atomic
 fieldManager 2 string omitempty
 fieldValidation 3 string omitempty
type meta.v1.WatchEvent
 type 1 string required
 object 2 raw required
type meta.v1beta1.PartialObjectMetadataList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 2 meta.v1.ListMeta omitempty
 items 1 []meta.v1.PartialObjectMetadata required
type networking.v1.HTTPIngressPath
 path 1 string omitempty
 pathType 3 *string@networking.v1.PathType required
 backend 2 networking.v1.IngressBackend required
type networking.v1.HTTPIngressRuleValue
 paths 1 []networking.v1.HTTPIngressPath required listType=atomic
type networking.v1.IPAddress
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1.IPAddressSpec required omitempty
type networking.v1.IPAddressList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1.IPAddress required
type networking.v1.IPAddressSpec
 parentRef 1 *networking.v1.ParentReference required omitempty
type networking.v1.IPBlock
 cidr 1 string required
 except 2 []string omitempty listType=atomic
type networking.v1.Ingress
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1.IngressSpec omitempty
 status 3 networking.v1.IngressStatus omitempty
type networking.v1.IngressBackend
 service 4 *networking.v1.IngressServiceBackend omitempty
 resource 3 *core.v1.TypedLocalObjectReference omitempty
type networking.v1.IngressClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1.IngressClassSpec omitempty
type networking.v1.IngressClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1.IngressClass required
type networking.v1.IngressClassParametersReference
 apiGroup 1 *string omitempty
 kind 2 string required
 name 3 string required
 scope 4 *string
 namespace 5 *string omitempty
type networking.v1.IngressClassSpec
 controller 1 string omitempty
 parameters 2 *networking.v1.IngressClassParametersReference omitempty
type networking.v1.IngressList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1.Ingress required
type networking.v1.IngressLoadBalancerIngress
 ip 1 string omitempty
 hostname 2 string omitempty
 ports 4 []networking.v1.IngressPortStatus omitempty listType=atomic
type networking.v1.IngressLoadBalancerStatus
 ingress 1 []networking.v1.IngressLoadBalancerIngress omitempty listType=atomic
type networking.v1.IngressPortStatus
 port 1 int32 required
 protocol 2 string@core.v1.Protocol required
 error 3 *string omitempty
type networking.v1.IngressRule
 host 1 string omitempty
 <inline> 2 networking.v1.IngressRuleValue
type networking.v1.IngressRuleValue
 http 1 *networking.v1.HTTPIngressRuleValue omitempty
type networking.v1.IngressServiceBackend
 name 1 string required
 port 2 networking.v1.ServiceBackendPort omitempty
type networking.v1.IngressSpec
 ingressClassName 4 *string omitempty
 defaultBackend 1 *networking.v1.IngressBackend omitempty
 tls 2 []networking.v1.IngressTLS omitempty listType=atomic
 rules 3 []networking.v1.IngressRule omitempty listType=atomic
type networking.v1.IngressStatus
 loadBalancer 1 networking.v1.IngressLoadBalancerStatus omitempty
type networking.v1.IngressTLS
 hosts 1 []string omitempty listType=atomic
 secretName 2 string omitempty
type networking.v1.NetworkPolicy
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1.NetworkPolicySpec omitempty
type networking.v1.NetworkPolicyEgressRule
 ports 1 []networking.v1.NetworkPolicyPort omitempty listType=atomic
 to 2 []networking.v1.NetworkPolicyPeer omitempty listType=atomic
type networking.v1.NetworkPolicyIngressRule
 ports 1 []networking.v1.NetworkPolicyPort omitempty listType=atomic
 from 2 []networking.v1.NetworkPolicyPeer omitempty listType=atomic
type networking.v1.NetworkPolicyList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1.NetworkPolicy required
type networking.v1.NetworkPolicyPeer
 podSelector 1 *meta.v1.LabelSelector omitempty
 namespaceSelector 2 *meta.v1.LabelSelector omitempty
 ipBlock 3 *networking.v1.IPBlock omitempty
type networking.v1.NetworkPolicyPort
 protocol 1 *string@core.v1.Protocol omitempty
 port 2 *intOrString omitempty
 endPort 3 *int32 omitempty
type networking.v1.NetworkPolicySpec
 podSelector 1 meta.v1.LabelSelector
 ingress 2 []networking.v1.NetworkPolicyIngressRule omitempty listType=atomic
 egress 3 []networking.v1.NetworkPolicyEgressRule omitempty listType=atomic
 policyTypes 4 []string@networking.v1.PolicyType omitempty listType=atomic
type networking.v1.ParentReference
 group 1 string omitempty
 resource 2 string required omitempty
 namespace 3 string omitempty
 name 4 string required omitempty
type networking.v1.ServiceBackendPort structType=atomic
 name 1 string omitempty
 number 2 int32 omitempty
type networking.v1.ServiceCIDR
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1.ServiceCIDRSpec omitempty
 status 3 networking.v1.ServiceCIDRStatus omitempty
type networking.v1.ServiceCIDRList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1.ServiceCIDR required
type networking.v1.ServiceCIDRSpec
 cidrs 1 []string omitempty listType=atomic
type networking.v1.ServiceCIDRStatus
 conditions 1 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type networking.v1beta1.HTTPIngressPath
 path 1 string omitempty
 pathType 3 *string@networking.v1beta1.PathType omitempty
 backend 2 networking.v1beta1.IngressBackend required
type networking.v1beta1.HTTPIngressRuleValue
 paths 1 []networking.v1beta1.HTTPIngressPath required listType=atomic
type networking.v1beta1.IPAddress
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1beta1.IPAddressSpec required omitempty
type networking.v1beta1.IPAddressList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1beta1.IPAddress required
type networking.v1beta1.IPAddressSpec
 parentRef 1 *networking.v1beta1.ParentReference required omitempty
type networking.v1beta1.Ingress
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1beta1.IngressSpec omitempty
 status 3 networking.v1beta1.IngressStatus omitempty
type networking.v1beta1.IngressBackend
 serviceName 1 string omitempty
 servicePort 2 intOrString omitempty
 resource 3 *core.v1.TypedLocalObjectReference omitempty
type networking.v1beta1.IngressClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1beta1.IngressClassSpec omitempty
type networking.v1beta1.IngressClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1beta1.IngressClass required
type networking.v1beta1.IngressClassParametersReference
 apiGroup 1 *string omitempty
 kind 2 string required
 name 3 string required
 scope 4 *string required
 namespace 5 *string omitempty
type networking.v1beta1.IngressClassSpec
 controller 1 string omitempty
 parameters 2 *networking.v1beta1.IngressClassParametersReference omitempty
type networking.v1beta1.IngressList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1beta1.Ingress required
type networking.v1beta1.IngressLoadBalancerIngress
 ip 1 string omitempty
 hostname 2 string omitempty
 ports 4 []networking.v1beta1.IngressPortStatus omitempty listType=atomic
type networking.v1beta1.IngressLoadBalancerStatus
 ingress 1 []networking.v1beta1.IngressLoadBalancerIngress omitempty listType=atomic
type networking.v1beta1.IngressPortStatus
 port 1 int32 required
 protocol 2 string@core.v1.Protocol required
 error 3 *string omitempty
type networking.v1beta1.IngressRule
 host 1 string omitempty
 <inline> 2 networking.v1beta1.IngressRuleValue
type networking.v1beta1.IngressRuleValue
 http 1 *networking.v1beta1.HTTPIngressRuleValue omitempty
type networking.v1beta1.IngressSpec
 ingressClassName 4 *string omitempty
 backend 1 *networking.v1beta1.IngressBackend omitempty
 tls 2 []networking.v1beta1.IngressTLS omitempty listType=atomic
 rules 3 []networking.v1beta1.IngressRule omitempty listType=atomic
type networking.v1beta1.IngressStatus
 loadBalancer 1 networking.v1beta1.IngressLoadBalancerStatus omitempty
type networking.v1beta1.IngressTLS
 hosts 1 []string omitempty listType=atomic
 secretName 2 string omitempty
type networking.v1beta1.ParentReference
 group 1 string omitempty
 resource 2 string required omitempty
 namespace 3 string omitempty
 name 4 string required omitempty
type networking.v1beta1.ServiceCIDR
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 networking.v1beta1.ServiceCIDRSpec omitempty
 status 3 networking.v1beta1.ServiceCIDRStatus omitempty
type networking.v1beta1.ServiceCIDRList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []networking.v1beta1.ServiceCIDR required
type networking.v1beta1.ServiceCIDRSpec
 cidrs 1 []string omitempty listType=atomic
type networking.v1beta1.ServiceCIDRStatus
 conditions 1 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type node.v1.Overhead
 podFixed 1 resourceList omitempty
type node.v1.RuntimeClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 handler 2 string required
 overhead 3 *node.v1.Overhead omitempty
 scheduling 4 *node.v1.Scheduling omitempty
type node.v1.RuntimeClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []node.v1.RuntimeClass required
type node.v1.Scheduling
 nodeSelector 1 {}string omitempty mapType=atomic
 tolerations 2 []core.v1.Toleration omitempty listType=atomic
type node.v1alpha1.Overhead
 podFixed 1 resourceList omitempty
type node.v1alpha1.RuntimeClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 node.v1alpha1.RuntimeClassSpec required
type node.v1alpha1.RuntimeClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []node.v1alpha1.RuntimeClass required
type node.v1alpha1.RuntimeClassSpec
 runtimeHandler 1 string required
 overhead 2 *node.v1alpha1.Overhead omitempty
 scheduling 3 *node.v1alpha1.Scheduling omitempty
type node.v1alpha1.Scheduling
 nodeSelector 1 {}string omitempty mapType=atomic
 tolerations 2 []core.v1.Toleration omitempty listType=atomic
type node.v1beta1.Overhead
 podFixed 1 resourceList omitempty
type node.v1beta1.RuntimeClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 handler 2 string required
 overhead 3 *node.v1beta1.Overhead omitempty
 scheduling 4 *node.v1beta1.Scheduling omitempty
type node.v1beta1.RuntimeClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []node.v1beta1.RuntimeClass required
type node.v1beta1.Scheduling
 nodeSelector 1 {}string omitempty mapType=atomic
 tolerations 2 []core.v1.Toleration omitempty listType=atomic
type policy.v1.Eviction
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 deleteOptions 2 *meta.v1.DeleteOptions omitempty
type policy.v1.PodDisruptionBudget
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 policy.v1.PodDisruptionBudgetSpec omitempty
 status 3 policy.v1.PodDisruptionBudgetStatus omitempty
type policy.v1.PodDisruptionBudgetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []policy.v1.PodDisruptionBudget required
type policy.v1.PodDisruptionBudgetSpec
 minAvailable 1 *intOrString omitempty
 selector 2 *meta.v1.LabelSelector omitempty patchStrategy=replace
 maxUnavailable 3 *intOrString omitempty
 unhealthyPodEvictionPolicy 4 *string@policy.v1.UnhealthyPodEvictionPolicyType omitempty
type policy.v1.PodDisruptionBudgetStatus
 observedGeneration 1 int64 omitempty
 disruptedPods 2 {}time omitempty
 disruptionsAllowed 3 int32
 currentHealthy 4 int32
 desiredHealthy 5 int32
 expectedPods 6 int32
 conditions 7 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type policy.v1beta1.Eviction
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 deleteOptions 2 *meta.v1.DeleteOptions omitempty
type policy.v1beta1.PodDisruptionBudget
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 policy.v1beta1.PodDisruptionBudgetSpec omitempty
 status 3 policy.v1beta1.PodDisruptionBudgetStatus omitempty
type policy.v1beta1.PodDisruptionBudgetList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []policy.v1beta1.PodDisruptionBudget required
type policy.v1beta1.PodDisruptionBudgetSpec
 minAvailable 1 *intOrString omitempty
 selector 2 *meta.v1.LabelSelector omitempty
 maxUnavailable 3 *intOrString omitempty
 unhealthyPodEvictionPolicy 4 *string@policy.v1beta1.UnhealthyPodEvictionPolicyType omitempty
type policy.v1beta1.PodDisruptionBudgetStatus
 observedGeneration 1 int64 omitempty
 disruptedPods 2 {}time omitempty
 disruptionsAllowed 3 int32
 currentHealthy 4 int32
 desiredHealthy 5 int32
 expectedPods 6 int32
 conditions 7 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type rbac.v1.AggregationRule
 clusterRoleSelectors 1 []meta.v1.LabelSelector omitempty listType=atomic
type rbac.v1.ClusterRole
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 rules 2 []rbac.v1.PolicyRule listType=atomic
 aggregationRule 3 *rbac.v1.AggregationRule omitempty
type rbac.v1.ClusterRoleBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 subjects 2 []rbac.v1.Subject omitempty listType=atomic
 roleRef 3 rbac.v1.RoleRef required
type rbac.v1.ClusterRoleBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1.ClusterRoleBinding required
type rbac.v1.ClusterRoleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1.ClusterRole required
type rbac.v1.PolicyRule
 verbs 1 []string required listType=atomic
 apiGroups 2 []string omitempty listType=atomic
 resources 3 []string omitempty listType=atomic
 resourceNames 4 []string omitempty listType=atomic
 nonResourceURLs 5 []string omitempty listType=atomic
type rbac.v1.Role
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 rules 2 []rbac.v1.PolicyRule listType=atomic
type rbac.v1.RoleBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 subjects 2 []rbac.v1.Subject omitempty listType=atomic
 roleRef 3 rbac.v1.RoleRef required
type rbac.v1.RoleBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1.RoleBinding required
type rbac.v1.RoleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1.Role required
type rbac.v1.RoleRef structType=atomic
 apiGroup 1 string
 kind 2 string required
 name 3 string required
type rbac.v1.Subject structType=atomic
 kind 1 string required
 apiGroup 2 string omitempty
 name 3 string required
 namespace 4 string omitempty
type rbac.v1alpha1.AggregationRule
 clusterRoleSelectors 1 []meta.v1.LabelSelector omitempty listType=atomic
type rbac.v1alpha1.ClusterRole
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 rules 2 []rbac.v1alpha1.PolicyRule listType=atomic
 aggregationRule 3 *rbac.v1alpha1.AggregationRule omitempty
type rbac.v1alpha1.ClusterRoleBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 subjects 2 []rbac.v1alpha1.Subject omitempty listType=atomic
 roleRef 3 rbac.v1alpha1.RoleRef required
type rbac.v1alpha1.ClusterRoleBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1alpha1.ClusterRoleBinding required
type rbac.v1alpha1.ClusterRoleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1alpha1.ClusterRole required
type rbac.v1alpha1.PolicyRule
 verbs 1 []string required listType=atomic
 apiGroups 3 []string omitempty listType=atomic
 resources 4 []string omitempty listType=atomic
 resourceNames 5 []string omitempty listType=atomic
 nonResourceURLs 6 []string omitempty listType=atomic
type rbac.v1alpha1.Role
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 rules 2 []rbac.v1alpha1.PolicyRule listType=atomic
type rbac.v1alpha1.RoleBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 subjects 2 []rbac.v1alpha1.Subject omitempty listType=atomic
 roleRef 3 rbac.v1alpha1.RoleRef required
type rbac.v1alpha1.RoleBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1alpha1.RoleBinding required
type rbac.v1alpha1.RoleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1alpha1.Role required
type rbac.v1alpha1.RoleRef
 apiGroup 1 string
 kind 2 string required
 name 3 string required
type rbac.v1alpha1.Subject
 kind 1 string required
 apiVersion 2 string omitempty
 name 3 string required
 namespace 4 string omitempty
type rbac.v1beta1.AggregationRule
 clusterRoleSelectors 1 []meta.v1.LabelSelector omitempty listType=atomic
type rbac.v1beta1.ClusterRole
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 rules 2 []rbac.v1beta1.PolicyRule listType=atomic
 aggregationRule 3 *rbac.v1beta1.AggregationRule omitempty
type rbac.v1beta1.ClusterRoleBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 subjects 2 []rbac.v1beta1.Subject omitempty listType=atomic
 roleRef 3 rbac.v1beta1.RoleRef required
type rbac.v1beta1.ClusterRoleBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1beta1.ClusterRoleBinding required
type rbac.v1beta1.ClusterRoleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1beta1.ClusterRole required
type rbac.v1beta1.PolicyRule
 verbs 1 []string required listType=atomic
 apiGroups 2 []string omitempty listType=atomic
 resources 3 []string omitempty listType=atomic
 resourceNames 4 []string omitempty listType=atomic
 nonResourceURLs 5 []string omitempty listType=atomic
type rbac.v1beta1.Role
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 rules 2 []rbac.v1beta1.PolicyRule listType=atomic
type rbac.v1beta1.RoleBinding
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 subjects 2 []rbac.v1beta1.Subject omitempty listType=atomic
 roleRef 3 rbac.v1beta1.RoleRef required
type rbac.v1beta1.RoleBindingList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1beta1.RoleBinding required
type rbac.v1beta1.RoleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []rbac.v1beta1.Role required
type rbac.v1beta1.RoleRef
 apiGroup 1 string
 kind 2 string required
 name 3 string required
type rbac.v1beta1.Subject
 kind 1 string required
 apiGroup 2 string omitempty
 name 3 string required
 namespace 4 string omitempty
type resource.v1.AllocatedDeviceStatus
 driver 1 string required
 pool 2 string required
 device 3 string required
 shareID 7 *string omitempty
 conditions 4 []meta.v1.Condition listType=map listMapKeys=type
 data 5 *raw omitempty
 networkData 6 *resource.v1.NetworkDeviceData omitempty
type resource.v1.AllocationResult
 devices 1 resource.v1.DeviceAllocationResult omitempty
 nodeSelector 3 *core.v1.NodeSelector omitempty
 allocationTimestamp 5 *time omitempty
type resource.v1.CELDeviceSelector
 expression 1 string required
type resource.v1.CapacityRequestPolicy
 default 1 *quantity
 validValues 3 []quantity omitempty listType=atomic
 validRange 4 *resource.v1.CapacityRequestPolicyRange omitempty
type resource.v1.CapacityRequestPolicyRange
 min 1 *quantity required omitempty
 max 2 *quantity omitempty
 step 3 *quantity omitempty
type resource.v1.CapacityRequirements
 requests 1 {}quantity omitempty
type resource.v1.Counter
 value 1 quantity required
type resource.v1.CounterSet
 name 1 string required
 counters 2 {}resource.v1.Counter required omitempty
type resource.v1.Device
 name 1 string required
 attributes 2 {}resource.v1.DeviceAttribute omitempty
 capacity 3 {}resource.v1.DeviceCapacity omitempty
 consumesCounters 4 []resource.v1.DeviceCounterConsumption omitempty listType=atomic
 nodeName 5 *string omitempty
 nodeSelector 6 *core.v1.NodeSelector omitempty
 allNodes 7 *bool omitempty
 taints 8 []resource.v1.DeviceTaint omitempty listType=atomic
 bindsToNode 9 *bool omitempty
 bindingConditions 10 []string omitempty listType=atomic
 bindingFailureConditions 11 []string omitempty listType=atomic
 allowMultipleAllocations 12 *bool omitempty
 nodeAllocatableResourceMappings 13 {}resource.v1.NodeAllocatableResourceMapping omitempty
type resource.v1.DeviceAllocationConfiguration
 source 1 string@resource.v1.AllocationConfigSource required
 requests 2 []string omitempty listType=atomic
 <inline> 3 resource.v1.DeviceConfiguration required
type resource.v1.DeviceAllocationResult
 results 1 []resource.v1.DeviceRequestAllocationResult omitempty listType=atomic
 config 2 []resource.v1.DeviceAllocationConfiguration omitempty listType=atomic
type resource.v1.DeviceAttribute
 int 2 *int64 omitempty
 bool 3 *bool omitempty
 string 4 *string omitempty
 version 5 *string omitempty
 ints 6 []int64 omitempty listType=atomic
 bools 7 []bool omitempty listType=atomic
 strings 8 []string omitempty listType=atomic
 versions 9 []string omitempty listType=atomic
type resource.v1.DeviceCapacity
 value 1 quantity required
 requestPolicy 2 *resource.v1.CapacityRequestPolicy omitempty
type resource.v1.DeviceClaim
 requests 1 []resource.v1.DeviceRequest listType=atomic
 constraints 2 []resource.v1.DeviceConstraint omitempty listType=atomic
 config 3 []resource.v1.DeviceClaimConfiguration omitempty listType=atomic
type resource.v1.DeviceClaimConfiguration
 requests 1 []string omitempty listType=atomic
 <inline> 2 resource.v1.DeviceConfiguration required
type resource.v1.DeviceClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1.DeviceClassSpec required
type resource.v1.DeviceClassConfiguration
 <inline> 1 resource.v1.DeviceConfiguration required
type resource.v1.DeviceClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1.DeviceClass required
type resource.v1.DeviceClassSpec
 selectors 1 []resource.v1.DeviceSelector omitempty listType=atomic
 config 2 []resource.v1.DeviceClassConfiguration omitempty listType=atomic
 extendedResourceName 4 *string omitempty
type resource.v1.DeviceConfiguration
 opaque 1 *resource.v1.OpaqueDeviceConfiguration omitempty
type resource.v1.DeviceConstraint
 requests 1 []string omitempty listType=atomic
 matchAttribute 2 *string@resource.v1.FullyQualifiedName omitempty
 distinctAttribute 3 *string@resource.v1.FullyQualifiedName omitempty
type resource.v1.DeviceCounterConsumption
 counterSet 1 string required
 counters 2 {}resource.v1.Counter required omitempty
type resource.v1.DeviceRequest
 name 1 string required
 exactly 2 *resource.v1.ExactDeviceRequest omitempty
 firstAvailable 3 []resource.v1.DeviceSubRequest omitempty listType=atomic
type resource.v1.DeviceRequestAllocationResult
 request 1 string required
 driver 2 string required
 pool 3 string required
 device 4 string required
 adminAccess 5 *bool omitempty
 tolerations 6 []resource.v1.DeviceToleration omitempty listType=atomic
 bindingConditions 7 []string omitempty listType=atomic
 bindingFailureConditions 8 []string omitempty listType=atomic
 shareID 9 *uid omitempty
 consumedCapacity 10 {}quantity omitempty
type resource.v1.DeviceSelector
 cel 1 *resource.v1.CELDeviceSelector omitempty
type resource.v1.DeviceSubRequest
 name 1 string required
 deviceClassName 2 string required
 selectors 3 []resource.v1.DeviceSelector omitempty listType=atomic
 allocationMode 4 string@resource.v1.DeviceAllocationMode omitempty
 count 5 int64 omitempty
 tolerations 6 []resource.v1.DeviceToleration omitempty listType=atomic
 capacity 7 *resource.v1.CapacityRequirements omitempty
type resource.v1.DeviceTaint
 key 1 string required
 value 2 string omitempty
 effect 3 string@resource.v1.DeviceTaintEffect required
 timeAdded 4 *time omitempty
type resource.v1.DeviceToleration
 key 1 string omitempty
 operator 2 string@resource.v1.DeviceTolerationOperator omitempty default="Equal"
 value 3 string omitempty
 effect 4 string@resource.v1.DeviceTaintEffect omitempty
 tolerationSeconds 5 *int64 omitempty
type resource.v1.ExactDeviceRequest
 deviceClassName 1 string required
 selectors 2 []resource.v1.DeviceSelector omitempty listType=atomic
 allocationMode 3 string@resource.v1.DeviceAllocationMode omitempty
 count 4 int64 omitempty
 adminAccess 5 *bool omitempty
 tolerations 6 []resource.v1.DeviceToleration omitempty listType=atomic
 capacity 7 *resource.v1.CapacityRequirements omitempty
type resource.v1.NetworkDeviceData
 interfaceName 1 string omitempty
 ips 2 []string omitempty listType=atomic
 hardwareAddress 3 string omitempty
type resource.v1.NodeAllocatableResourceMapping
 capacityKey 1 *string@resource.v1.QualifiedName omitempty
 allocationMultiplier 2 *quantity omitempty
type resource.v1.OpaqueDeviceConfiguration
 driver 1 string required
 parameters 2 raw required
type resource.v1.ResourceClaim
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1.ResourceClaimSpec required
 status 3 resource.v1.ResourceClaimStatus omitempty
type resource.v1.ResourceClaimConsumerReference
 apiGroup 1 string omitempty
 resource 3 string required
 name 4 string required
 uid 5 uid required
type resource.v1.ResourceClaimList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1.ResourceClaim required
type resource.v1.ResourceClaimSpec
 devices 1 resource.v1.DeviceClaim
type resource.v1.ResourceClaimStatus
 allocation 1 *resource.v1.AllocationResult omitempty
 reservedFor 2 []resource.v1.ResourceClaimConsumerReference omitempty listType=map listMapKeys=uid patchStrategy=merge patchMergeKey=uid
 devices 4 []resource.v1.AllocatedDeviceStatus omitempty listType=map listMapKeys=driver,device,pool,shareID
type resource.v1.ResourceClaimTemplate
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1.ResourceClaimTemplateSpec required
type resource.v1.ResourceClaimTemplateList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1.ResourceClaimTemplate required
type resource.v1.ResourceClaimTemplateSpec
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1.ResourceClaimSpec required
type resource.v1.ResourcePool
 name 1 string required
 generation 2 int64 required
 resourceSliceCount 3 int64 required
type resource.v1.ResourceSlice
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1.ResourceSliceSpec required
type resource.v1.ResourceSliceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1.ResourceSlice required
type resource.v1.ResourceSliceSpec
 driver 1 string required
 pool 2 resource.v1.ResourcePool required
 nodeName 3 *string omitempty
 nodeSelector 4 *core.v1.NodeSelector omitempty
 allNodes 5 *bool omitempty
 devices 6 []resource.v1.Device omitempty listType=atomic
 perDeviceNodeSelection 7 *bool omitempty
 sharedCounters 8 []resource.v1.CounterSet omitempty listType=atomic
type resource.v1alpha3.CELDeviceSelector
 expression 1 string required
type resource.v1alpha3.DeviceSelector
 cel 1 *resource.v1alpha3.CELDeviceSelector omitempty
type resource.v1alpha3.DeviceTaint
 key 1 string required
 value 2 string omitempty
 effect 3 string@resource.v1alpha3.DeviceTaintEffect required
 timeAdded 4 *time omitempty
type resource.v1alpha3.DeviceTaintRule
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1alpha3.DeviceTaintRuleSpec required
 status 3 resource.v1alpha3.DeviceTaintRuleStatus omitempty
type resource.v1alpha3.DeviceTaintRuleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1alpha3.DeviceTaintRule required
type resource.v1alpha3.DeviceTaintRuleSpec
 deviceSelector 1 *resource.v1alpha3.DeviceTaintSelector omitempty
 taint 2 resource.v1alpha3.DeviceTaint required omitempty
type resource.v1alpha3.DeviceTaintRuleStatus
 conditions 1 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type resource.v1alpha3.DeviceTaintSelector
 driver 2 *string omitempty
 pool 3 *string omitempty
 device 4 *string omitempty
type resource.v1alpha3.PoolStatus
 driver 1 string required omitempty
 poolName 2 string required omitempty
 generation 9 int64 required
 resourceSliceCount 8 *int32 omitempty
 totalDevices 4 *int32 omitempty
 allocatedDevices 5 *int32 omitempty
 availableDevices 6 *int32 omitempty
 unavailableDevices 7 *int32 omitempty
 nodeName 3 *string omitempty
 validationError 10 *string omitempty
type resource.v1alpha3.ResourcePoolStatusRequest
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta required omitempty
 spec 2 resource.v1alpha3.ResourcePoolStatusRequestSpec required
 status 3 *resource.v1alpha3.ResourcePoolStatusRequestStatus omitempty
type resource.v1alpha3.ResourcePoolStatusRequestList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1alpha3.ResourcePoolStatusRequest required
type resource.v1alpha3.ResourcePoolStatusRequestSpec
 driver 1 string required
 poolName 2 *string omitempty
 limit 3 *int32 omitempty default=100
type resource.v1alpha3.ResourcePoolStatusRequestStatus
 poolCount 6 *int32 required omitempty
 pools 2 []resource.v1alpha3.PoolStatus omitempty listType=atomic
 conditions 3 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type resource.v1beta1.AllocatedDeviceStatus
 driver 1 string required
 pool 2 string required
 device 3 string required
 shareID 7 *string omitempty
 conditions 4 []meta.v1.Condition listType=map listMapKeys=type
 data 5 *raw omitempty
 networkData 6 *resource.v1beta1.NetworkDeviceData omitempty
type resource.v1beta1.AllocationResult
 devices 1 resource.v1beta1.DeviceAllocationResult omitempty
 nodeSelector 3 *core.v1.NodeSelector omitempty
 allocationTimestamp 5 *time omitempty
type resource.v1beta1.BasicDevice
 attributes 1 {}resource.v1beta1.DeviceAttribute omitempty
 capacity 2 {}resource.v1beta1.DeviceCapacity omitempty
 consumesCounters 3 []resource.v1beta1.DeviceCounterConsumption omitempty listType=atomic
 nodeName 4 *string omitempty
 nodeSelector 5 *core.v1.NodeSelector omitempty
 allNodes 6 *bool omitempty
 taints 7 []resource.v1beta1.DeviceTaint omitempty listType=atomic
 bindsToNode 8 *bool omitempty
 bindingConditions 9 []string omitempty listType=atomic
 bindingFailureConditions 10 []string omitempty listType=atomic
 allowMultipleAllocations 11 *bool omitempty
 nodeAllocatableResourceMappings 12 {}resource.v1beta1.NodeAllocatableResourceMapping omitempty
type resource.v1beta1.CELDeviceSelector
 expression 1 string required
type resource.v1beta1.CapacityRequestPolicy
 default 1 *quantity
 validValues 3 []quantity omitempty listType=atomic
 validRange 4 *resource.v1beta1.CapacityRequestPolicyRange omitempty
type resource.v1beta1.CapacityRequestPolicyRange
 min 1 *quantity required omitempty
 max 2 *quantity omitempty
 step 3 *quantity omitempty
type resource.v1beta1.CapacityRequirements
 requests 1 {}quantity omitempty
type resource.v1beta1.Counter
 value 1 quantity required
type resource.v1beta1.CounterSet
 name 1 string required
 counters 2 {}resource.v1beta1.Counter required omitempty
type resource.v1beta1.Device
 name 1 string required
 basic 2 *resource.v1beta1.BasicDevice omitempty
type resource.v1beta1.DeviceAllocationConfiguration
 source 1 string@resource.v1beta1.AllocationConfigSource required
 requests 2 []string omitempty listType=atomic
 <inline> 3 resource.v1beta1.DeviceConfiguration required
type resource.v1beta1.DeviceAllocationResult
 results 1 []resource.v1beta1.DeviceRequestAllocationResult omitempty listType=atomic
 config 2 []resource.v1beta1.DeviceAllocationConfiguration omitempty listType=atomic
type resource.v1beta1.DeviceAttribute
 int 2 *int64 omitempty
 bool 3 *bool omitempty
 string 4 *string omitempty
 version 5 *string omitempty
 ints 6 []int64 omitempty listType=atomic
 bools 7 []bool omitempty listType=atomic
 strings 8 []string omitempty listType=atomic
 versions 9 []string omitempty listType=atomic
type resource.v1beta1.DeviceCapacity
 value 1 quantity required
 requestPolicy 2 *resource.v1beta1.CapacityRequestPolicy omitempty
type resource.v1beta1.DeviceClaim
 requests 1 []resource.v1beta1.DeviceRequest listType=atomic
 constraints 2 []resource.v1beta1.DeviceConstraint omitempty listType=atomic
 config 3 []resource.v1beta1.DeviceClaimConfiguration omitempty listType=atomic
type resource.v1beta1.DeviceClaimConfiguration
 requests 1 []string omitempty listType=atomic
 <inline> 2 resource.v1beta1.DeviceConfiguration required
type resource.v1beta1.DeviceClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta1.DeviceClassSpec required
type resource.v1beta1.DeviceClassConfiguration
 <inline> 1 resource.v1beta1.DeviceConfiguration required
type resource.v1beta1.DeviceClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta1.DeviceClass required
type resource.v1beta1.DeviceClassSpec
 selectors 1 []resource.v1beta1.DeviceSelector omitempty listType=atomic
 config 2 []resource.v1beta1.DeviceClassConfiguration omitempty listType=atomic
 extendedResourceName 4 *string omitempty
type resource.v1beta1.DeviceConfiguration
 opaque 1 *resource.v1beta1.OpaqueDeviceConfiguration omitempty
type resource.v1beta1.DeviceConstraint
 requests 1 []string omitempty listType=atomic
 matchAttribute 2 *string@resource.v1beta1.FullyQualifiedName omitempty
 distinctAttribute 3 *string@resource.v1beta1.FullyQualifiedName omitempty
type resource.v1beta1.DeviceCounterConsumption
 counterSet 1 string required
 counters 2 {}resource.v1beta1.Counter required omitempty
type resource.v1beta1.DeviceRequest
 name 1 string required
 deviceClassName 2 string
 selectors 3 []resource.v1beta1.DeviceSelector omitempty listType=atomic
 allocationMode 4 string@resource.v1beta1.DeviceAllocationMode omitempty
 count 5 int64 omitempty
 adminAccess 6 *bool omitempty
 firstAvailable 7 []resource.v1beta1.DeviceSubRequest omitempty listType=atomic
 tolerations 8 []resource.v1beta1.DeviceToleration omitempty listType=atomic
 capacity 9 *resource.v1beta1.CapacityRequirements omitempty
type resource.v1beta1.DeviceRequestAllocationResult
 request 1 string required
 driver 2 string required
 pool 3 string required
 device 4 string required
 adminAccess 5 *bool omitempty
 tolerations 6 []resource.v1beta1.DeviceToleration omitempty listType=atomic
 bindingConditions 7 []string omitempty listType=atomic
 bindingFailureConditions 8 []string omitempty listType=atomic
 shareID 9 *uid omitempty
 consumedCapacity 10 {}quantity omitempty
type resource.v1beta1.DeviceSelector
 cel 1 *resource.v1beta1.CELDeviceSelector omitempty
type resource.v1beta1.DeviceSubRequest
 name 1 string required
 deviceClassName 2 string required
 selectors 3 []resource.v1beta1.DeviceSelector omitempty listType=atomic
 allocationMode 4 string@resource.v1beta1.DeviceAllocationMode omitempty
 count 5 int64 omitempty
 tolerations 7 []resource.v1beta1.DeviceToleration omitempty listType=atomic
 capacity 8 *resource.v1beta1.CapacityRequirements omitempty
type resource.v1beta1.DeviceTaint
 key 1 string required
 value 2 string omitempty
 effect 3 string@resource.v1beta1.DeviceTaintEffect required
 timeAdded 4 *time omitempty
type resource.v1beta1.DeviceToleration
 key 1 string omitempty
 operator 2 string@resource.v1beta1.DeviceTolerationOperator omitempty default="Equal"
 value 3 string omitempty
 effect 4 string@resource.v1beta1.DeviceTaintEffect omitempty
 tolerationSeconds 5 *int64 omitempty
type resource.v1beta1.NetworkDeviceData
 interfaceName 1 string omitempty
 ips 2 []string omitempty listType=atomic
 hardwareAddress 3 string omitempty
type resource.v1beta1.NodeAllocatableResourceMapping
 capacityKey 1 *string@resource.v1beta1.QualifiedName omitempty
 allocationMultiplier 2 *quantity omitempty
type resource.v1beta1.OpaqueDeviceConfiguration
 driver 1 string required
 parameters 2 raw required
type resource.v1beta1.ResourceClaim
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta1.ResourceClaimSpec required
 status 3 resource.v1beta1.ResourceClaimStatus omitempty
type resource.v1beta1.ResourceClaimConsumerReference
 apiGroup 1 string omitempty
 resource 3 string required
 name 4 string required
 uid 5 uid required
type resource.v1beta1.ResourceClaimList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta1.ResourceClaim required
type resource.v1beta1.ResourceClaimSpec
 devices 1 resource.v1beta1.DeviceClaim
type resource.v1beta1.ResourceClaimStatus
 allocation 1 *resource.v1beta1.AllocationResult omitempty
 reservedFor 2 []resource.v1beta1.ResourceClaimConsumerReference omitempty listType=map listMapKeys=uid patchStrategy=merge patchMergeKey=uid
 devices 4 []resource.v1beta1.AllocatedDeviceStatus omitempty listType=map listMapKeys=driver,device,pool,shareID
type resource.v1beta1.ResourceClaimTemplate
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta1.ResourceClaimTemplateSpec required
type resource.v1beta1.ResourceClaimTemplateList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta1.ResourceClaimTemplate required
type resource.v1beta1.ResourceClaimTemplateSpec
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta1.ResourceClaimSpec required
type resource.v1beta1.ResourcePool
 name 1 string required
 generation 2 int64 required
 resourceSliceCount 3 int64 required
type resource.v1beta1.ResourceSlice
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta1.ResourceSliceSpec required
type resource.v1beta1.ResourceSliceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta1.ResourceSlice required
type resource.v1beta1.ResourceSliceSpec
 driver 1 string required
 pool 2 resource.v1beta1.ResourcePool required
 nodeName 3 string omitempty
 nodeSelector 4 *core.v1.NodeSelector omitempty
 allNodes 5 bool omitempty
 devices 6 []resource.v1beta1.Device omitempty listType=atomic
 perDeviceNodeSelection 7 *bool omitempty
 sharedCounters 8 []resource.v1beta1.CounterSet omitempty listType=atomic
type resource.v1beta2.AllocatedDeviceStatus
 driver 1 string required
 pool 2 string required
 device 3 string required
 shareID 7 *string omitempty
 conditions 4 []meta.v1.Condition listType=map listMapKeys=type
 data 5 *raw omitempty
 networkData 6 *resource.v1beta2.NetworkDeviceData omitempty
type resource.v1beta2.AllocationResult
 devices 1 resource.v1beta2.DeviceAllocationResult omitempty
 nodeSelector 3 *core.v1.NodeSelector omitempty
 allocationTimestamp 5 *time omitempty
type resource.v1beta2.CELDeviceSelector
 expression 1 string required
type resource.v1beta2.CapacityRequestPolicy
 default 1 *quantity
 validValues 3 []quantity omitempty listType=atomic
 validRange 4 *resource.v1beta2.CapacityRequestPolicyRange omitempty
type resource.v1beta2.CapacityRequestPolicyRange
 min 1 *quantity required omitempty
 max 2 *quantity omitempty
 step 3 *quantity omitempty
type resource.v1beta2.CapacityRequirements
 requests 1 {}quantity omitempty
type resource.v1beta2.Counter
 value 1 quantity required
type resource.v1beta2.CounterSet
 name 1 string required
 counters 2 {}resource.v1beta2.Counter required omitempty
type resource.v1beta2.Device
 name 1 string required
 attributes 2 {}resource.v1beta2.DeviceAttribute omitempty
 capacity 3 {}resource.v1beta2.DeviceCapacity omitempty
 consumesCounters 4 []resource.v1beta2.DeviceCounterConsumption omitempty listType=atomic
 nodeName 5 *string omitempty
 nodeSelector 6 *core.v1.NodeSelector omitempty
 allNodes 7 *bool omitempty
 taints 8 []resource.v1beta2.DeviceTaint omitempty listType=atomic
 bindsToNode 9 *bool omitempty
 bindingConditions 10 []string omitempty listType=atomic
 bindingFailureConditions 11 []string omitempty listType=atomic
 allowMultipleAllocations 12 *bool omitempty
 nodeAllocatableResourceMappings 13 {}resource.v1beta2.NodeAllocatableResourceMapping omitempty
type resource.v1beta2.DeviceAllocationConfiguration
 source 1 string@resource.v1beta2.AllocationConfigSource required
 requests 2 []string omitempty listType=atomic
 <inline> 3 resource.v1beta2.DeviceConfiguration required
type resource.v1beta2.DeviceAllocationResult
 results 1 []resource.v1beta2.DeviceRequestAllocationResult omitempty listType=atomic
 config 2 []resource.v1beta2.DeviceAllocationConfiguration omitempty listType=atomic
type resource.v1beta2.DeviceAttribute
 int 2 *int64 omitempty
 bool 3 *bool omitempty
 string 4 *string omitempty
 version 5 *string omitempty
 ints 6 []int64 omitempty listType=atomic
 bools 7 []bool omitempty listType=atomic
 strings 8 []string omitempty listType=atomic
 versions 9 []string omitempty listType=atomic
type resource.v1beta2.DeviceCapacity
 value 1 quantity required
 requestPolicy 2 *resource.v1beta2.CapacityRequestPolicy omitempty
type resource.v1beta2.DeviceClaim
 requests 1 []resource.v1beta2.DeviceRequest listType=atomic
 constraints 2 []resource.v1beta2.DeviceConstraint omitempty listType=atomic
 config 3 []resource.v1beta2.DeviceClaimConfiguration omitempty listType=atomic
type resource.v1beta2.DeviceClaimConfiguration
 requests 1 []string omitempty listType=atomic
 <inline> 2 resource.v1beta2.DeviceConfiguration required
type resource.v1beta2.DeviceClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta2.DeviceClassSpec required
type resource.v1beta2.DeviceClassConfiguration
 <inline> 1 resource.v1beta2.DeviceConfiguration required
type resource.v1beta2.DeviceClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta2.DeviceClass required
type resource.v1beta2.DeviceClassSpec
 selectors 1 []resource.v1beta2.DeviceSelector omitempty listType=atomic
 config 2 []resource.v1beta2.DeviceClassConfiguration omitempty listType=atomic
 extendedResourceName 4 *string omitempty
type resource.v1beta2.DeviceConfiguration
 opaque 1 *resource.v1beta2.OpaqueDeviceConfiguration omitempty
type resource.v1beta2.DeviceConstraint
 requests 1 []string omitempty listType=atomic
 matchAttribute 2 *string@resource.v1beta2.FullyQualifiedName omitempty
 distinctAttribute 3 *string@resource.v1beta2.FullyQualifiedName omitempty
type resource.v1beta2.DeviceCounterConsumption
 counterSet 1 string required
 counters 2 {}resource.v1beta2.Counter required omitempty
type resource.v1beta2.DeviceRequest
 name 1 string required
 exactly 2 *resource.v1beta2.ExactDeviceRequest omitempty
 firstAvailable 3 []resource.v1beta2.DeviceSubRequest omitempty listType=atomic
type resource.v1beta2.DeviceRequestAllocationResult
 request 1 string required
 driver 2 string required
 pool 3 string required
 device 4 string required
 adminAccess 5 *bool omitempty
 tolerations 6 []resource.v1beta2.DeviceToleration omitempty listType=atomic
 bindingConditions 7 []string omitempty listType=atomic
 bindingFailureConditions 8 []string omitempty listType=atomic
 shareID 9 *uid omitempty
 consumedCapacity 10 {}quantity omitempty
type resource.v1beta2.DeviceSelector
 cel 1 *resource.v1beta2.CELDeviceSelector omitempty
type resource.v1beta2.DeviceSubRequest
 name 1 string required
 deviceClassName 2 string required
 selectors 3 []resource.v1beta2.DeviceSelector omitempty listType=atomic
 allocationMode 4 string@resource.v1beta2.DeviceAllocationMode omitempty
 count 5 int64 omitempty
 tolerations 6 []resource.v1beta2.DeviceToleration omitempty listType=atomic
 capacity 7 *resource.v1beta2.CapacityRequirements omitempty
type resource.v1beta2.DeviceTaint
 key 1 string required
 value 2 string omitempty
 effect 3 string@resource.v1beta2.DeviceTaintEffect required
 timeAdded 4 *time omitempty
type resource.v1beta2.DeviceTaintRule
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta2.DeviceTaintRuleSpec required
 status 3 resource.v1beta2.DeviceTaintRuleStatus omitempty
type resource.v1beta2.DeviceTaintRuleList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta2.DeviceTaintRule required
type resource.v1beta2.DeviceTaintRuleSpec
 deviceSelector 1 *resource.v1beta2.DeviceTaintSelector omitempty
 taint 2 resource.v1beta2.DeviceTaint required omitempty
type resource.v1beta2.DeviceTaintRuleStatus
 conditions 1 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
type resource.v1beta2.DeviceTaintSelector
 driver 2 *string omitempty
 pool 3 *string omitempty
 device 4 *string omitempty
type resource.v1beta2.DeviceToleration
 key 1 string omitempty
 operator 2 string@resource.v1beta2.DeviceTolerationOperator omitempty default="Equal"
 value 3 string omitempty
 effect 4 string@resource.v1beta2.DeviceTaintEffect omitempty
 tolerationSeconds 5 *int64 omitempty
type resource.v1beta2.ExactDeviceRequest
 deviceClassName 1 string required
 selectors 2 []resource.v1beta2.DeviceSelector omitempty listType=atomic
 allocationMode 3 string@resource.v1beta2.DeviceAllocationMode omitempty
 count 4 int64 omitempty
 adminAccess 5 *bool omitempty
 tolerations 6 []resource.v1beta2.DeviceToleration omitempty listType=atomic
 capacity 7 *resource.v1beta2.CapacityRequirements omitempty
type resource.v1beta2.NetworkDeviceData
 interfaceName 1 string omitempty
 ips 2 []string omitempty listType=atomic
 hardwareAddress 3 string omitempty
type resource.v1beta2.NodeAllocatableResourceMapping
 capacityKey 1 *string@resource.v1beta2.QualifiedName omitempty
 allocationMultiplier 2 *quantity omitempty
type resource.v1beta2.OpaqueDeviceConfiguration
 driver 1 string required
 parameters 2 raw required
type resource.v1beta2.ResourceClaim
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta2.ResourceClaimSpec required
 status 3 resource.v1beta2.ResourceClaimStatus omitempty
type resource.v1beta2.ResourceClaimConsumerReference
 apiGroup 1 string omitempty
 resource 3 string required
 name 4 string required
 uid 5 uid required
type resource.v1beta2.ResourceClaimList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta2.ResourceClaim required
type resource.v1beta2.ResourceClaimSpec
 devices 1 resource.v1beta2.DeviceClaim
type resource.v1beta2.ResourceClaimStatus
 allocation 1 *resource.v1beta2.AllocationResult omitempty
 reservedFor 2 []resource.v1beta2.ResourceClaimConsumerReference omitempty listType=map listMapKeys=uid patchStrategy=merge patchMergeKey=uid
 devices 4 []resource.v1beta2.AllocatedDeviceStatus omitempty listType=map listMapKeys=driver,device,pool,shareID
type resource.v1beta2.ResourceClaimTemplate
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta2.ResourceClaimTemplateSpec required
type resource.v1beta2.ResourceClaimTemplateList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta2.ResourceClaimTemplate required
type resource.v1beta2.ResourceClaimTemplateSpec
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta2.ResourceClaimSpec required
type resource.v1beta2.ResourcePool
 name 1 string required
 generation 2 int64 required
 resourceSliceCount 3 int64 required
type resource.v1beta2.ResourceSlice
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 resource.v1beta2.ResourceSliceSpec required
type resource.v1beta2.ResourceSliceList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []resource.v1beta2.ResourceSlice required
type resource.v1beta2.ResourceSliceSpec
 driver 1 string required
 pool 2 resource.v1beta2.ResourcePool required
 nodeName 3 *string omitempty
 nodeSelector 4 *core.v1.NodeSelector omitempty
 allNodes 5 *bool omitempty
 devices 6 []resource.v1beta2.Device omitempty listType=atomic
 perDeviceNodeSelection 7 *bool omitempty
 sharedCounters 8 []resource.v1beta2.CounterSet omitempty listType=atomic
type scheduling.v1.PriorityClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 value 2 int32
 globalDefault 3 bool omitempty
 description 4 string omitempty
 preemptionPolicy 5 *string@core.v1.PreemptionPolicy omitempty
type scheduling.v1.PriorityClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []scheduling.v1.PriorityClass required
type scheduling.v1alpha2.BasicSchedulingPolicy
type scheduling.v1alpha2.GangSchedulingPolicy
 minCount 1 int32 required
type scheduling.v1alpha2.PodGroup
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 scheduling.v1alpha2.PodGroupSpec required
 status 3 scheduling.v1alpha2.PodGroupStatus omitempty
type scheduling.v1alpha2.PodGroupList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []scheduling.v1alpha2.PodGroup required
type scheduling.v1alpha2.PodGroupResourceClaim
 name 1 string required
 resourceClaimName 2 *string omitempty
 resourceClaimTemplateName 3 *string omitempty
type scheduling.v1alpha2.PodGroupResourceClaimStatus
 name 1 string required
 resourceClaimName 2 *string omitempty
type scheduling.v1alpha2.PodGroupSchedulingConstraints
 topology 1 []scheduling.v1alpha2.TopologyConstraint omitempty listType=atomic
type scheduling.v1alpha2.PodGroupSchedulingPolicy union=:basic,gang
 basic 1 *scheduling.v1alpha2.BasicSchedulingPolicy omitempty
 gang 2 *scheduling.v1alpha2.GangSchedulingPolicy omitempty
type scheduling.v1alpha2.PodGroupSpec
 podGroupTemplateRef 1 *scheduling.v1alpha2.PodGroupTemplateReference
 schedulingPolicy 2 scheduling.v1alpha2.PodGroupSchedulingPolicy required
 schedulingConstraints 3 *scheduling.v1alpha2.PodGroupSchedulingConstraints omitempty
 resourceClaims 4 []scheduling.v1alpha2.PodGroupResourceClaim omitempty listType=map listMapKeys=name patchStrategy=merge,retainKeys patchMergeKey=name
 disruptionMode 5 *string@scheduling.v1alpha2.DisruptionMode omitempty default="Pod"
 priorityClassName 6 string omitempty
 priority 7 *int32 omitempty
type scheduling.v1alpha2.PodGroupStatus
 conditions 1 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 resourceClaimStatuses 2 []scheduling.v1alpha2.PodGroupResourceClaimStatus omitempty listType=map listMapKeys=name patchStrategy=merge,retainKeys patchMergeKey=name
type scheduling.v1alpha2.PodGroupTemplate
 name 1 string required
 schedulingPolicy 2 scheduling.v1alpha2.PodGroupSchedulingPolicy required
 schedulingConstraints 3 *scheduling.v1alpha2.PodGroupSchedulingConstraints
 resourceClaims 4 []scheduling.v1alpha2.PodGroupResourceClaim omitempty listType=map listMapKeys=name patchStrategy=merge,retainKeys patchMergeKey=name
 disruptionMode 5 *string@scheduling.v1alpha2.DisruptionMode omitempty
 priorityClassName 6 string omitempty
 priority 7 *int32 omitempty
type scheduling.v1alpha2.PodGroupTemplateReference union=:workload
 workload 1 *scheduling.v1alpha2.WorkloadPodGroupTemplateReference
type scheduling.v1alpha2.TopologyConstraint
 key 1 string required
type scheduling.v1alpha2.TypedLocalObjectReference
 apiGroup 1 string omitempty
 kind 2 string required
 name 3 string required
type scheduling.v1alpha2.Workload
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 scheduling.v1alpha2.WorkloadSpec required
type scheduling.v1alpha2.WorkloadList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []scheduling.v1alpha2.Workload required
type scheduling.v1alpha2.WorkloadPodGroupTemplateReference
 workloadName 1 string required
 podGroupTemplateName 2 string required
type scheduling.v1alpha2.WorkloadSpec
 controllerRef 1 *scheduling.v1alpha2.TypedLocalObjectReference omitempty
 podGroupTemplates 2 []scheduling.v1alpha2.PodGroupTemplate required listType=map listMapKeys=name
type scheduling.v1beta1.PriorityClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 value 2 int32
 globalDefault 3 bool omitempty
 description 4 string omitempty
 preemptionPolicy 5 *string@core.v1.PreemptionPolicy omitempty
type scheduling.v1beta1.PriorityClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []scheduling.v1beta1.PriorityClass required
type storage.v1.CSIDriver
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 storage.v1.CSIDriverSpec required
type storage.v1.CSIDriverList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1.CSIDriver required
type storage.v1.CSIDriverSpec
 attachRequired 1 *bool omitempty
 podInfoOnMount 2 *bool omitempty
 volumeLifecycleModes 3 []string@storage.v1.VolumeLifecycleMode omitempty listType=set
 storageCapacity 4 *bool omitempty
 fsGroupPolicy 5 *string@storage.v1.FSGroupPolicy omitempty
 tokenRequests 6 []storage.v1.TokenRequest omitempty listType=atomic
 requiresRepublish 7 *bool omitempty
 seLinuxMount 8 *bool omitempty
 nodeAllocatableUpdatePeriodSeconds 9 *int64 omitempty
 serviceAccountTokenInSecrets 10 *bool omitempty
 preventPodSchedulingIfMissing 11 *bool omitempty
type storage.v1.CSINode
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 storage.v1.CSINodeSpec required
type storage.v1.CSINodeDriver
 name 1 string required
 nodeID 2 string required
 topologyKeys 3 []string listType=atomic
 allocatable 4 *storage.v1.VolumeNodeResources omitempty
type storage.v1.CSINodeList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1.CSINode required
type storage.v1.CSINodeSpec
 drivers 1 []storage.v1.CSINodeDriver required listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type storage.v1.CSIStorageCapacity
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 nodeTopology 2 *meta.v1.LabelSelector omitempty
 storageClassName 3 string required
 capacity 4 *quantity omitempty
 maximumVolumeSize 5 *quantity omitempty
type storage.v1.CSIStorageCapacityList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1.CSIStorageCapacity required
type storage.v1.StorageClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 provisioner 2 string required
 parameters 3 {}string omitempty
 reclaimPolicy 4 *string@core.v1.PersistentVolumeReclaimPolicy omitempty
 mountOptions 5 []string omitempty listType=atomic
 allowVolumeExpansion 6 *bool omitempty
 volumeBindingMode 7 *string@storage.v1.VolumeBindingMode omitempty
 allowedTopologies 8 []core.v1.TopologySelectorTerm omitempty listType=atomic
type storage.v1.StorageClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1.StorageClass required
type storage.v1.TokenRequest
 audience 1 string required
 expirationSeconds 2 *int64 omitempty
type storage.v1.VolumeAttachment
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 storage.v1.VolumeAttachmentSpec required
 status 3 storage.v1.VolumeAttachmentStatus omitempty
type storage.v1.VolumeAttachmentList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1.VolumeAttachment required
type storage.v1.VolumeAttachmentSource
 persistentVolumeName 1 *string omitempty
 inlineVolumeSpec 2 *core.v1.PersistentVolumeSpec omitempty
type storage.v1.VolumeAttachmentSpec
 attacher 1 string required
 source 2 storage.v1.VolumeAttachmentSource required
 nodeName 3 string required
type storage.v1.VolumeAttachmentStatus
 attached 1 bool required
 attachmentMetadata 2 {}string omitempty
 attachError 3 *storage.v1.VolumeError omitempty
 detachError 4 *storage.v1.VolumeError omitempty
type storage.v1.VolumeAttributesClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 driverName 2 string required
 parameters 3 {}string omitempty
type storage.v1.VolumeAttributesClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1.VolumeAttributesClass required
type storage.v1.VolumeError
 time 1 time omitempty
 message 2 string omitempty
 errorCode 3 *int32 omitempty
type storage.v1.VolumeNodeResources
 count 1 *int32 omitempty
type storage.v1alpha1.CSIStorageCapacity
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 nodeTopology 2 *meta.v1.LabelSelector omitempty
 storageClassName 3 string required
 capacity 4 *quantity omitempty
 maximumVolumeSize 5 *quantity omitempty
type storage.v1alpha1.CSIStorageCapacityList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1alpha1.CSIStorageCapacity required
type storage.v1alpha1.VolumeAttachment
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 storage.v1alpha1.VolumeAttachmentSpec required
 status 3 storage.v1alpha1.VolumeAttachmentStatus omitempty
type storage.v1alpha1.VolumeAttachmentList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1alpha1.VolumeAttachment required
type storage.v1alpha1.VolumeAttachmentSource
 persistentVolumeName 1 *string omitempty
 inlineVolumeSpec 2 *core.v1.PersistentVolumeSpec omitempty
type storage.v1alpha1.VolumeAttachmentSpec
 attacher 1 string required
 source 2 storage.v1alpha1.VolumeAttachmentSource required
 nodeName 3 string required
type storage.v1alpha1.VolumeAttachmentStatus
 attached 1 bool required
 attachmentMetadata 2 {}string omitempty
 attachError 3 *storage.v1alpha1.VolumeError omitempty
 detachError 4 *storage.v1alpha1.VolumeError omitempty
type storage.v1alpha1.VolumeAttributesClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 driverName 2 string required
 parameters 3 {}string omitempty
type storage.v1alpha1.VolumeAttributesClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1alpha1.VolumeAttributesClass required
type storage.v1alpha1.VolumeError
 time 1 time omitempty
 message 2 string omitempty
 errorCode 3 *int32 omitempty
type storage.v1beta1.CSIDriver
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 storage.v1beta1.CSIDriverSpec required
type storage.v1beta1.CSIDriverList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1beta1.CSIDriver required
type storage.v1beta1.CSIDriverSpec
 attachRequired 1 *bool omitempty
 podInfoOnMount 2 *bool omitempty
 volumeLifecycleModes 3 []string@storage.v1beta1.VolumeLifecycleMode omitempty listType=atomic
 storageCapacity 4 *bool omitempty
 fsGroupPolicy 5 *string@storage.v1beta1.FSGroupPolicy omitempty
 tokenRequests 6 []storage.v1beta1.TokenRequest omitempty listType=atomic
 requiresRepublish 7 *bool omitempty
 seLinuxMount 8 *bool omitempty
 nodeAllocatableUpdatePeriodSeconds 9 *int64 omitempty
 serviceAccountTokenInSecrets 10 *bool omitempty
 preventPodSchedulingIfMissing 11 *bool omitempty
type storage.v1beta1.CSINode
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 storage.v1beta1.CSINodeSpec required
type storage.v1beta1.CSINodeDriver
 name 1 string required
 nodeID 2 string required
 topologyKeys 3 []string listType=atomic
 allocatable 4 *storage.v1beta1.VolumeNodeResources omitempty
type storage.v1beta1.CSINodeList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1beta1.CSINode required
type storage.v1beta1.CSINodeSpec
 drivers 1 []storage.v1beta1.CSINodeDriver required listType=map listMapKeys=name patchStrategy=merge patchMergeKey=name
type storage.v1beta1.CSIStorageCapacity
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 nodeTopology 2 *meta.v1.LabelSelector omitempty
 storageClassName 3 string required
 capacity 4 *quantity omitempty
 maximumVolumeSize 5 *quantity omitempty
type storage.v1beta1.CSIStorageCapacityList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1beta1.CSIStorageCapacity required
type storage.v1beta1.StorageClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 provisioner 2 string required
 parameters 3 {}string omitempty
 reclaimPolicy 4 *string@core.v1.PersistentVolumeReclaimPolicy omitempty
 mountOptions 5 []string omitempty listType=atomic
 allowVolumeExpansion 6 *bool omitempty
 volumeBindingMode 7 *string@storage.v1beta1.VolumeBindingMode omitempty
 allowedTopologies 8 []core.v1.TopologySelectorTerm omitempty listType=atomic
type storage.v1beta1.StorageClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1beta1.StorageClass required
type storage.v1beta1.TokenRequest
 audience 1 string required
 expirationSeconds 2 *int64 omitempty
type storage.v1beta1.VolumeAttachment
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 storage.v1beta1.VolumeAttachmentSpec required
 status 3 storage.v1beta1.VolumeAttachmentStatus omitempty
type storage.v1beta1.VolumeAttachmentList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1beta1.VolumeAttachment required
type storage.v1beta1.VolumeAttachmentSource
 persistentVolumeName 1 *string omitempty
 inlineVolumeSpec 2 *core.v1.PersistentVolumeSpec omitempty
type storage.v1beta1.VolumeAttachmentSpec
 attacher 1 string required
 source 2 storage.v1beta1.VolumeAttachmentSource required
 nodeName 3 string required
type storage.v1beta1.VolumeAttachmentStatus
 attached 1 bool required
 attachmentMetadata 2 {}string omitempty
 attachError 3 *storage.v1beta1.VolumeError omitempty
 detachError 4 *storage.v1beta1.VolumeError omitempty
type storage.v1beta1.VolumeAttributesClass
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 driverName 2 string required
 parameters 3 {}string omitempty
type storage.v1beta1.VolumeAttributesClassList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storage.v1beta1.VolumeAttributesClass required
type storage.v1beta1.VolumeError
 time 1 time omitempty
 message 2 string omitempty
 errorCode 3 *int32 omitempty
type storage.v1beta1.VolumeNodeResources
 count 1 *int32 omitempty
type storagemigration.v1beta1.StorageVersionMigration
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ObjectMeta omitempty
 spec 2 storagemigration.v1beta1.StorageVersionMigrationSpec omitempty
 status 3 storagemigration.v1beta1.StorageVersionMigrationStatus omitempty
type storagemigration.v1beta1.StorageVersionMigrationList
 kind - string omitempty
 apiVersion - string omitempty
 metadata 1 meta.v1.ListMeta omitempty
 items 2 []storagemigration.v1beta1.StorageVersionMigration required
type storagemigration.v1beta1.StorageVersionMigrationSpec
 resource 1 meta.v1.GroupResource required
type storagemigration.v1beta1.StorageVersionMigrationStatus
 conditions 1 []meta.v1.Condition omitempty listType=map listMapKeys=type patchStrategy=merge patchMergeKey=type
 resourceVersion 2 string omitempty
`;
