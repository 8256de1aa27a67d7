import { describe, expect, it } from '@jest/globals';
import { agentFamily } from './agent-family.js';

describe('agentFamily', () => {
  it.each([
    ['aws-cli/2.17.5 md/awscrt#0.20.11 ua/2.0 os/linux#6.5.0 md/arch#x86_64', 'aws-cli linux'],
    ['aws-cli/1.16.81 Python/2.7.15 Darwin/18.2.0 botocore/1.12.71', 'aws-cli mac'],
    ['[Boto3/1.7.4 Python/3.5.2+ Windows/10 Botocore/1.10.4]', 'boto3 windows'],
    [
      'APN/1.0 HashiCorp/1.0 Terraform/1.8.5 (+https://www.terraform.io) os/linux',
      'terraform linux',
    ],
    ['aws-sdk-go/1.44.116 (go1.21.9; linux; amd64)', 'aws-sdk-go linux'],
    ['rclone/v1.66.0', 'rclone'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/126', 'mozilla mac'],
  ])('%s', (agent, family) => {
    expect(agentFamily(agent)).toBe(family);
  });

  it('knows nothing of services of the cloud', () => {
    for (const agent of [
      '',
      'cloudformation.amazonaws.com',
      'AWS Internal',
      '[S3Console/0.4, aws-internal/3]',
    ])
      expect(agentFamily(agent)).toBe('');
  });
});
