import { VendorError } from '../contracts';

const LATER = 'please try again later.';

/** The vendor's refusals that Slb uses, with its codes and statuses. */
export const slbError = {
  loadBalancerNotFound: (): VendorError =>
    new VendorError(
      404,
      'InvalidLoadBalancerId.NotFound',
      'The specified LoadBalancerId does not exist.',
    ),
  groupNotFound: (): VendorError =>
    new VendorError(404, 'InvalidParameter', 'The specified VServerGroupId does not exist.'),
  listenerNotFound: (): VendorError =>
    new VendorError(404, 'ListenerNotFound', 'The specified listener does not exist.'),
  listenerExists: (): VendorError =>
    new VendorError(
      400,
      'ListenerAlreadyExists',
      'A listener with this port and protocol already exists.',
    ),
  tooManyListeners: (): VendorError =>
    new VendorError(
      400,
      'ListenerNumberOverLimit',
      'The load balancer has its maximum number of listeners.',
    ),
  listenerState: (status: string): VendorError =>
    new VendorError(
      400,
      'OperationFailed.ListenerStatusNotSupport',
      `The listener is ${status}, which does not support this operation.`,
    ),
  locked: (): VendorError =>
    new VendorError(400, 'ActionNotAllowed', 'The load balancer is locked.'),
  protectedFromDeletion: (): VendorError =>
    new VendorError(
      400,
      'OperationDenied.DeleteProtection',
      'The load balancer is protected from deletion.',
    ),
  missing: (name: string): VendorError =>
    new VendorError(
      400,
      'MissingParameter',
      `The parameter ${name} is mandatory for this request.`,
    ),
  invalid: (text: string): VendorError => new VendorError(400, 'InvalidParameter', text),
  backendsMalformed: (): VendorError =>
    new VendorError(400, 'BackendServersMalformed', 'The specified BackendServers is malformed.'),
  serverIdEmpty: (): VendorError =>
    new VendorError(
      400,
      'BackendServer.ServerIdEmpty',
      'The ServerId of a backend server is empty.',
    ),
  weightMalformed: (): VendorError =>
    new VendorError(
      400,
      'InvalidWeight.Malformed',
      'The specified Weight must be a whole number from 0 to 100.',
    ),
  tooManyBackends: (): VendorError =>
    new VendorError(
      400,
      'TooManyBackendServers',
      'The number of backend servers in one call exceeds 20.',
    ),
  backendQuota: (): VendorError =>
    new VendorError(
      400,
      'InstanceBackendServerNumberOverLimit',
      'The load balancer has its maximum number of backend servers.',
    ),
  obtainIpFail: (): VendorError =>
    new VendorError(
      400,
      'ObtainIpFail',
      'The IP address of a backend server could not be obtained: it does not exist or is not running.',
    ),
  otherNetwork: (): VendorError =>
    new VendorError(
      400,
      'InvalidBackendServers.NetworkConflict',
      'A backend server is not in the network of the load balancer.',
    ),
  alreadyAttached: (): VendorError =>
    new VendorError(400, 'InvalidParameter', 'A backend server is attached already.'),
  notAttached: (): VendorError =>
    new VendorError(400, 'InvalidParameter', 'The specified resource does not exist.'),
  groupInUse: (): VendorError =>
    new VendorError(400, 'RspoolVipExist', 'The VServer group is bound to a listener.'),
  groupOfOther: (): VendorError =>
    new VendorError(
      400,
      'VipNotMatchRspool',
      'The VServer group does not belong to the load balancer.',
    ),
  tooManyTags: (): VendorError =>
    new VendorError(400, 'TagCountLimit', 'A resource has at most 20 tags.'),
  backendsConfiguring: (): VendorError =>
    new VendorError(
      409,
      'BackendServer.configuring',
      `A previous configuration of the backend servers is pending; ${LATER}`,
    ),
  groupProcessing: (): VendorError =>
    new VendorError(
      400,
      'VServerGroupProcessing',
      `A previous change of the VServer group is pending; ${LATER}`,
    ),
  serviceConfiguring: (): VendorError =>
    new VendorError(
      400,
      'ServiceIsConfiguring',
      `A previous configuration of the load balancer is pending; ${LATER}`,
    ),
};
