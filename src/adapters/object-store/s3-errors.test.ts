import { PermanentFailure, TransientFailure } from '../../ports/failures';
import { isLostRace, isMissingObject, toFailure } from './s3-errors';

const AT = { bucket: 'lake', key: 'a/b' };

function answer(name: string, status?: number): Error {
  const error = new Error(`${name} happened`);
  error.name = name;
  return Object.assign(error, status === undefined ? {} : { $metadata: { httpStatusCode: status } });
}

test.each([
  ['NoSuchKey', 404, 'NotFound'],
  ['NotFound', 404, 'NotFound'],
  ['NoSuchBucket', 404, 'NotFound'],
  ['NoSuchVersion', 404, 'NotFound'],
  ['MethodNotAllowed', 405, 'NotFound'],
  ['BadDigest', 400, 'IntegrityError'],
  ['XAmzContentSHA256Mismatch', 400, 'IntegrityError'],
  ['AccessDenied', 403, 'AccessDenied'],
  ['SignatureDoesNotMatch', 403, 'AccessDenied'],
  ['PermanentRedirect', 301, 'InvalidInput'],
  ['InvalidArgument', 400, 'InvalidInput'],
  ['NotImplemented', 501, 'UnsafeStore'],
])('%s (%i) is permanent: %s', (name, status, code) => {
  const failure = toFailure(answer(name, status), 'put an object', AT);
  expect(failure).toBeInstanceOf(PermanentFailure);
  expect(failure.code).toBe(code);
  expect(failure.message).toContain('uri=s3://lake/a/b');
});

test.each([
  ['InternalError', 500],
  ['SlowDown', 503],
  ['RequestTimeout', 400],
  ['IncompleteBody', 400],
  ['ExpiredToken', 400],
  ['RequestTimeTooSkewed', 403],
  ['TooManyRequests', 429],
  ['OperationAborted', 409],
  ['ExistingObjectIsDirectory', 409],
  ['TimeoutError', undefined],
  ['CredentialsProviderError', undefined],
])('%s (%p) is transient', (name, status) => {
  const failure = toFailure(answer(name, status), 'put an object', AT);
  expect(failure).toBeInstanceOf(TransientFailure);
  expect(failure.code).toBe('StoreUnavailable');
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE'])(
  'the network error %s is transient',
  (code) => {
    const failure = toFailure(Object.assign(new Error('socket'), { code }), 'open an object', AT);
    expect(failure).toMatchObject({ code: 'StoreUnavailable', fields: { code } });
    expect(failure.message).toContain('AWS_ENDPOINT_URL_S3');
  },
);

test('a checksum that the SDK found wrong while reading is an integrity error', () => {
  const error = new Error('Checksum mismatch: expected "a" but received "b" in response header "x".');
  expect(toFailure(error, 'read an object', AT).code).toBe('IntegrityError');
});

test('our own failures pass unchanged and causes are kept', () => {
  const own = new PermanentFailure('InvalidInput', 'mine');
  expect(toFailure(own, 'put an object', AT)).toBe(own);
  const foreign = answer('InternalError', 500);
  expect(toFailure(foreign, 'put an object', AT).cause).toBe(foreign);
});

test('a refused access says where to look', () => {
  expect(toFailure(answer('AccessDenied', 403), 'put an object', AT).message).toContain('AWS_ACCESS_KEY_ID');
});

test('lost races are told from other refusals', () => {
  expect(isLostRace(answer('PreconditionFailed', 412))).toBe(true);
  expect(isLostRace(answer('ConditionalRequestConflict', 409))).toBe(true);
  expect(isLostRace(answer('ExistingObjectIsDirectory', 409))).toBe(false);
  expect(isLostRace(answer('InternalError', 500))).toBe(false);
});

test('a missing object is told from a missing bucket', () => {
  expect(isMissingObject(answer('NoSuchKey', 404))).toBe(true);
  expect(isMissingObject(answer('NoSuchBucket', 404))).toBe(false);
});
