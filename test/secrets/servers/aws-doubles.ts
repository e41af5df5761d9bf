import { startServerProcess } from './http-server-process.ts'
import { pythonPackages } from './python-packages.ts'

// Each is right where the other is wrong: moto about versions, stages and repeated requests, MiniStack about deletion and permissions.
const moto = [
  'moto==5.2.5',
  'blinker==1.9.0',
  'boto3==1.44.8',
  'botocore==1.44.8',
  'certifi==2026.10.19.post1',
  'cffi==2.1.1',
  'charset_normalizer==3.5.2',
  'click==8.5.1',
  'cryptography==50.0.2',
  'flask==3.1.3',
  'flask_cors==6.0.5',
  'idna==3.20',
  'itsdangerous==2.2.0',
  'jinja2==3.1.6',
  'jmespath==1.1.0',
  'markupsafe==3.0.4',
  'pycparser==3.12',
  'python_dateutil==2.9.0.post0',
  'pyyaml==6.0.4',
  'requests==2.34.2',
  'responses==0.26.3',
  's3transfer==0.19.3',
  'six==1.17.0',
  'urllib3==2.8.0',
  'werkzeug==3.1.9',
  'xmltodict==1.0.4',
]

const ministack = [
  'ministack==1.5.33',
  'botocore==1.43.106',
  'defusedxml==0.7.1',
  'graphql_core==3.2.12',
  'h11==0.16.0',
  'h2==4.4.1',
  'hpack==4.2.0',
  'hypercorn==0.18.0',
  'hyperframe==6.1.0',
  'jmespath==1.1.0',
  'jsonata_python==0.7.1',
  'priority==2.0.0',
  'python_dateutil==2.9.0.post0',
  'pyyaml==6.0.4',
  'six==1.17.0',
  'urllib3==2.8.0',
  'wsproto==1.3.2',
]

export async function startMoto() {
  const folder = await pythonPackages('moto', moto)
  return startServerProcess({
    command: (port) => ['python3', '-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    environment: () => ({ PYTHONPATH: folder, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' }),
    healthPath: '/moto-api/data.json',
  })
}

export async function startMiniStack() {
  const folder = await pythonPackages('ministack', ministack)
  return startServerProcess({
    command: () => ['python3', '-m', 'ministack'],
    environment: (port) => ({
      PYTHONPATH: folder,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      AUTH: 'true',
      SERVICES: 'secretsmanager,iam,sts,kms',
      LOG_LEVEL: 'WARNING',
    }),
    healthPath: '/_ministack/health',
  })
}
