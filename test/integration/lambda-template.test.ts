// What a wrong template would cost events or rights. CloudFormation itself is not at hand.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { createLambdaHandler } from '../../src/lambda/main';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}
const { Resources: resources } = parse(
  readFileSync(path.join(__dirname, '../../examples/aws-lambda/template.yaml'), 'utf8'),
) as { readonly Resources: Readonly<Record<string, Resource>> };
const propertiesOf = (name: string): Resource['Properties'] => resources[name]?.Properties ?? {};
const arnOf = (name: string): object => ({ 'Fn::GetAtt': [name, 'Arn'] });

test('messages that failed come again, and in the end go to the dead-letter queue, which is watched', () => {
  expect(propertiesOf('Source')).toMatchObject({
    EventSourceArn: arnOf('Events'),
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  expect(propertiesOf('Events')).toMatchObject({
    RedrivePolicy: {
      deadLetterTargetArn: arnOf('DeadLetters'),
      maxReceiveCount: expect.any(Number) as number,
    },
  });
  expect(JSON.stringify(propertiesOf('DeadLettersAlarm'))).toContain('DeadLetters');
});

test('a message is handed out again only when the function has surely ended', () => {
  const { VisibilityTimeout: visible, MessageRetentionPeriod: kept } = propertiesOf('Events');
  expect(Number(visible)).toBeGreaterThanOrEqual(6 * Number(propertiesOf('Function')['Timeout']));
  expect(Number(propertiesOf('DeadLetters')['MessageRetentionPeriod'])).toBeGreaterThan(Number(kept));
});

test('the function may take messages of its queue and nothing else', () => {
  const [policy] = propertiesOf('Role')['Policies'] as [
    { readonly PolicyDocument: { readonly Statement: unknown } },
  ];
  expect(policy.PolicyDocument.Statement).toEqual([
    {
      Effect: 'Allow',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      Resource: arnOf('Events'),
    },
  ]);
});

test('every reference names something that is there, and the function starts with these variables', () => {
  const text = JSON.stringify(resources);
  const named = [...text.matchAll(/"Fn::GetAtt":\["(\w+)"/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(resources).toHaveProperty(name ?? '');
  const { Variables: variables } = propertiesOf('Function')['Environment'] as {
    readonly Variables: Readonly<Record<string, unknown>>;
  };
  const values = Object.fromEntries(Object.keys(variables).map((name) => [name, 'value']));
  expect(() => createLambdaHandler(values)).not.toThrow();
});
