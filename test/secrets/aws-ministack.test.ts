import { describeAwsStore } from './aws-suite.ts'

describeAwsStore('MiniStack')
