import { describeAwsDelivery } from './aws-delivery-suite.ts'

describeAwsDelivery('moto')
describeAwsDelivery('MiniStack')
