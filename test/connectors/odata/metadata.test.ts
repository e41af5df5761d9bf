import { describe, expect, it } from 'vitest'
import { AnswerInvalid, ConfigurationInvalid } from '../../../src/connectors/errors.ts'
import { parseMetadata } from '../../../src/connectors/odata/metadata.ts'

const document = (schemas: string, version = '4.0') =>
  `<?xml version="1.0"?><edmx:Edmx Version="${version}" xmlns:edmx="x">
    <edmx:DataServices>${schemas}</edmx:DataServices></edmx:Edmx>`

const erp = `
  <Schema Namespace="com.erp" Alias="E" xmlns="y">
    <EntityType Name="Base" Abstract="true">
      <Key><PropertyRef Name="ID"/></Key>
      <Property Name="ID" Type="Edm.Guid"/>
      <Property Name="changed" Type="E.Stamp" Precision="0"/>
    </EntityType>
    <EntityType Name="Order" BaseType="E.Base">
      <Property Name="state" Type="com.erp.State" Nullable="false"/>
      <Property Name="address" Type="E.Address"/>
      <Property Name="tags" Type="Collection(E.Address)"/>
      <NavigationProperty Name="lines" Type="Collection(com.erp.Line)"/>
    </EntityType>
    <EntityType Name="Line" OpenType="true"><Property Name="pos" Type="Edm.Int32"/></EntityType>
    <ComplexType Name="Address"><Property Name="city" Type="Edm.String"/></ComplexType>
    <EnumType Name="State"><Member Name="Open"/></EnumType>
    <TypeDefinition Name="Stamp" UnderlyingType="Edm.DateTimeOffset"/>
  </Schema>
  <Schema Namespace="service">
    <EntityContainer Name="c"><EntitySet Name="Orders" EntityType="com.erp.Order"/></EntityContainer>
  </Schema>`

describe('$metadata', () => {
  const orders = parseMetadata(document(erp)).get('Orders')

  it.each([
    ['ID', { type: 'Edm.Guid', nullable: false, precision: undefined, isEnum: false }, undefined],
    ['changed', { type: 'Edm.DateTimeOffset', nullable: true, precision: 0, isEnum: false }, undefined],
    ['state', { type: 'com.erp.State', nullable: false, isEnum: true }, undefined],
    ['address/city', { type: 'Edm.String' }, undefined],
    ['tags/city', { type: 'Edm.String' }, undefined],
    ['lines', { type: 'Collection(com.erp.Line)' }, 'lines'],
    ['lines/pos', { type: 'Edm.Int32' }, 'lines'],
    ['lines/anything', undefined, 'lines'],
    ['lines@odata.count', undefined, undefined],
  ])('tells what %s is', (path, property, navigation) => {
    const found = orders?.find(path)
    expect(found).toMatchObject({ navigation })
    if (property) expect(found?.property).toMatchObject(property)
    else expect(found?.property).toBeUndefined()
  })

  it.each(['id', 'address/street', 'state/x', 'ID/x', 'changed/x'])('tells that there is no %s', (path) => {
    expect(orders?.find(path)).toBeUndefined()
  })

  it('tells which sets there are', () => {
    expect([...parseMetadata(document(erp)).keys()]).toEqual(['Orders'])
  })

  it('of an older version is refused by name', () => {
    expect(() => parseMetadata(document('<Schema Namespace="x"/>', '1.0'))).toThrow(ConfigurationInvalid)
  })

  it.each(['', '<html><body>sign in</body></html>', '<a', '{"value":[]}'])('that is none is refused: %s', (text) => {
    expect(() => parseMetadata(text)).toThrow(AnswerInvalid)
  })

  it('does not unfold entities', () => {
    const entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    const bomb = entities + document(erp.replace('"Orders"', '"&b;"'))
    let names: string[] = []
    try {
      names = [...parseMetadata(bomb).keys()]
    } catch (error) {
      expect(error).toBeInstanceOf(AnswerInvalid)
    }
    expect(names.join('')).not.toContain('aaaa')
  })
})
