using { cuid, managed } from '@sap/cds/common';

context erp {
  entity Vendors : managed {
    key ID : String(10);
    name : String(80);
    country : String(2);
  }

  entity Orders : managed {
    key ID : String(10);
    vendor : Association to Vendors;
    orderDate : Date;
    currency : String(3);
    total : Decimal(15, 2);
    status : String(20);
    lines : Composition of many OrderLines on lines.order = $self;
  }

  entity OrderLines : cuid {
    order : Association to Orders;
    pos : Integer;
    material : String(18);
    qty : Decimal(13, 3);
    unit : String(3);
    price : Decimal(13, 4);
  }

  // two key parts, and a type whose literals are not quoted
  entity Stock : managed {
    key plant : String(4);
    key number : Integer;
    text : String(40);
  }
}

@path: '/procurement'
@requires: 'authenticated-user'
@cds.query.limit: { default: 250, max: 250 }
service Procurement {
  entity Vendors as projection on erp.Vendors;
  entity Orders as projection on erp.Orders;
  entity OrderLines as projection on erp.OrderLines;
  entity Stock as projection on erp.Stock;
}

annotate Procurement.Orders with {
  @odata.etag
  modifiedAt
}
